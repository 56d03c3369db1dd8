// Base64 as the API uses it (RFC 4648 §4, with padding), for bytes inside JSON.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy {

std::string EncodeBase64(std::string_view bytes);
/// Line breaks are skipped, as Go's decoder does. BadRequest for anything else that is no base64.
Result<std::string> DecodeBase64(std::string_view text);

/// The URL-safe alphabet without padding (RFC 4648 §5), as tokens use it.
std::string EncodeBase64Url(std::string_view bytes);
/// BadRequest for padding, white space and anything else that is not of its alphabet.
Result<std::string> DecodeBase64Url(std::string_view text);

}  // namespace noizy
