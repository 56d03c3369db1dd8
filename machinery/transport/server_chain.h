// A TLS server's certificates, fetched without believing them. For this folder only.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "machinery/base/status.h"

namespace noizy {

/// The chain, leaf first, that the TLS 1.3 server at `target` ("host:port") presents, one PEM text
/// each. Nothing is sent but a handshake. Blocks up to `timeout`, rounded up to whole seconds.
/// ServiceUnavailable when there is no such server.
Result<std::vector<std::string>> FetchServerChain(const std::string& target,
                                                  std::chrono::milliseconds timeout);

/// The certificate of `chain` whose public key has `hash` ("sha256:<hex>"), if the chain's leaf is
/// a TLS server's and chains to it now. Unauthorized otherwise.
Result<std::string> TrustedRootOf(const std::vector<std::string>& chain, const std::string& hash);

}  // namespace noizy
