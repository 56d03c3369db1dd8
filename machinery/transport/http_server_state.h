// What all connections of one HTTP server share.
#pragma once

#include <atomic>
#include <chrono>

#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"
#include "machinery/transport/http_server.h"
#include "machinery/transport/tls_context.h"

namespace noizy {

/// What the listener shows and whom it trusts; the generation rises with each change.
struct HttpServerTrust {
  TlsContext tls;
  std::uint64_t generation = 0;
};

/// What the server's owner is asked; each may be null.
struct HttpServerChecks {
  PeerCheck peer;
  AuthorizationCheck authorization;
};

/// Thread-safe. Owned jointly by the server and its connections.
class HttpServerState {
 public:
  HttpServerState(HttpServerLimits limits, HttpHandler handler, TlsContext tls,
                  HttpServerChecks checks = {});

  const HttpServerLimits& limits() const { return limits_; }
  const HttpHandler& handler() const { return handler_; }

  HttpServerTrust trust() const;
  void set_tls(TlsContext tls);
  /// As trust's; cheap enough for each request.
  std::uint64_t generation() const { return generation_; }
  /// What the server's owner has against this peer.
  Status CheckPeer(const PeerIdentity& peer) const;
  /// And against what comes with this Authorization header.
  Status CheckAuthorization(std::string_view authorization) const;

  bool stopping() const { return stopping_; }
  void BeginStop() { stopping_ = true; }

  /// False, and counted as refused, when there are as many connections as there may be.
  bool ConnectionOpened();
  void ConnectionClosed();
  /// Waits until no connection is left, at most `longest`.
  void AwaitNoConnections(std::chrono::milliseconds longest);

  void HandshakeFailed() { handshakes_failed_.Increment(); }
  /// `label` comes from the closed set of refusals.
  static void RequestRefused(std::string_view label);

 private:
  const HttpServerLimits limits_;
  const HttpHandler handler_;
  const HttpServerChecks checks_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> generation_ = 0;  // written under mutex_

  mutable Mutex mutex_;
  CondVar none_left_;
  TlsContext tls_ NOIZY_GUARDED_BY(mutex_);
  std::size_t connections_ NOIZY_GUARDED_BY(mutex_) = 0;

  Gauge open_;
  Counter connections_refused_;
  Counter handshakes_failed_;
};

}  // namespace noizy
