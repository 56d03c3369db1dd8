// Bodies compressed for clients that ask for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

/// Smaller bodies are not worth the work (kube-apiserver's bound).
inline constexpr std::size_t kMinGzipBytes = 128 * 1024;

/// Whether an Accept-Encoding header takes gzip.
bool AcceptsGzip(std::string_view accept_encoding);

/// All pieces as one gzip member (RFC 1952), at the cheapest level: lists of objects shrink to a
/// tenth by it already. InternalError when there is no memory.
Result<std::string> Gzip(const std::vector<SharedBytes>& pieces);

/// Compresses the body of `reply` when the header asks for it and the body is big enough, and says
/// so in the reply's headers.
void GzipReply(std::string_view accept_encoding, HttpReply& reply);

}  // namespace noizy
