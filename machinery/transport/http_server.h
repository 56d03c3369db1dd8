// The API server's front door: HTTPS/1.1 on Boost.Asio, a few threads, thousands of open watches.
//
// Strict by design: what two parsers could read differently (Content-Length with Transfer-Encoding,
// repeated Host, folded headers, bare LF, …) is answered 400 and the connection closed (RFC 9112
// §11.2). Slow or oversized requests run into the limits below and are answered 408, 413, 414 or
// 431. The parser is our own (http_request_parser.h): it is the one that decides what is a request.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/http.h"
#include "machinery/transport/peer_check.h"

namespace noizy {

struct HttpServerLimits {
  std::size_t header_bytes = 64 * 1024;
  std::size_t header_count = 100;
  std::size_t body_bytes = 3 * 1024 * 1024;  // Kubernetes' own limit
  std::size_t connections = 20'000;
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds header_timeout{10'000};  // in total, from the request's first byte on
  std::chrono::milliseconds body_timeout{30'000};    // in total
  std::chrono::milliseconds idle_timeout{120'000};   // between requests
  std::chrono::milliseconds write_timeout{60'000};   // no progress in sending
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  int threads = 2;
  HttpServerLimits limits;
  /// The server's certificate; its ca_pem verifies client certificates, which are asked for but not
  /// required.
  TlsIdentity tls;
  /// What RecheckPeers asks, beyond the certificate's own validity; null: nothing.
  PeerCheck check_peer;
  /// What RecheckPeers asks of those who came without a certificate, for each request that is being
  /// answered; null: nothing.
  AuthorizationCheck check_authorization;
};

/// Thread-safe.
class HttpServer {
 public:
  /// Listens and serves. ServiceUnavailable when the address is taken; BadRequest when the
  /// certificate is no use.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options, HttpHandler handler);

  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  /// Replaces the certificate and the trusted CAs for new connections. Open ones go on, but for
  /// those whose peers' certificates the trusted CAs of now did not sign: as RecheckPeers.
  virtual Status SetTls(const TlsIdentity& tls) = 0;
  /// Looks at all peers again. Who is trusted no longer has its streams ended and its connection
  /// closed, after the answer that it waits for. Who came with an Authorization
  /// that is good no longer has its stream ended; the connection, which many may share, goes on.
  virtual void RecheckPeers() = 0;
  /// Stops accepting, closes streams, waits up to `grace` for requests under way, closes the rest.
  /// Idempotent. Not from a handler or a stream's events: it waits for the threads that call them.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace noizy
