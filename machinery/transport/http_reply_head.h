// The status line and headers of a reply, as HTTP/1.1 writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "machinery/transport/http.h"

namespace noizy {

/// "Not Found" for 404; "Unknown" for codes without a name.
std::string_view ReasonPhrase(int code);

/// What the server adds to a reply's own headers.
struct ReplyFraming {
  std::optional<std::size_t> content_length;
  bool chunked = false;
  bool close = false;  // the connection ends with this reply
};

/// Everything up to the body, with the Date. Content-Length, Transfer-Encoding, Connection and Date
/// among `headers` are left out: they are the server's to say. Control characters in names and
/// values become spaces, so that no value can start a header of its own.
std::string ReplyHead(int code, const HttpHeaders& headers, const ReplyFraming& framing);

/// RFC 9110 §15: replies with these codes have no body.
bool CodeHasBody(int code);

}  // namespace noizy
