// What the gRPC server and client share: the library's set-up, statuses both ways, and who the peer
// is. For this folder only.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"

namespace noizy {

/// Sets gRPC up, once a process: TLS 1.3 only, its log lines become ours at level debug. Called
/// before any credentials are made.
void PrepareGrpc();

grpc::Status ToGrpc(const Status& status);
/// CANCELLED becomes ServiceUnavailable: whoever cancelled, the call may be made again.
Status FromGrpc(const grpc::Status& status);

/// What who shows no client certificate is told.
Status CertificateNeeded();
/// Who the verified client certificate says the peer is; Unauthorized when it sent none.
Result<PeerIdentity> PeerOf(const grpc::AuthContext& context);

/// "ipv4:127.0.0.1:80" → "127.0.0.1:80", "ipv6:%5B::1%5D:80" → "[::1]:80".
std::string AddressOfPeer(std::string_view peer);

/// "127.0.0.1", 80 → "127.0.0.1:80"; "::1", 80 → "[::1]:80".
std::string JoinHostAndPort(std::string_view host, std::uint16_t port);

}  // namespace noizy
