#include "machinery/transport/http_server_state.h"

namespace noizy {

HttpServerState::HttpServerState(HttpServerLimits limits, HttpHandler handler, TlsContext tls,
                                 HttpServerChecks checks)
    : limits_(limits),
      handler_(std::move(handler)),
      checks_(std::move(checks)),
      tls_(std::move(tls)),
      open_("noizy_http_connections", "Open connections of the HTTP server"),
      connections_refused_("noizy_http_connections_refused_total",
                           "Connections closed at once because there were too many"),
      handshakes_failed_("noizy_http_handshakes_failed_total", "TLS handshakes that failed") {}

HttpServerTrust HttpServerState::trust() const {
  const MutexLock lock(mutex_);
  return {tls_, generation_};
}

void HttpServerState::set_tls(TlsContext tls) {
  const MutexLock lock(mutex_);
  tls_.swap(tls);
  ++generation_;
}

Status HttpServerState::CheckPeer(const PeerIdentity& peer) const {
  return checks_.peer ? checks_.peer(peer) : Status::Ok();
}

Status HttpServerState::CheckAuthorization(std::string_view authorization) const {
  return checks_.authorization ? checks_.authorization(authorization) : Status::Ok();
}

bool HttpServerState::ConnectionOpened() {
  {
    const MutexLock lock(mutex_);
    if (connections_ < limits_.connections) {
      ++connections_;
      open_.Increment();
      return true;
    }
  }
  connections_refused_.Increment();
  return false;
}

void HttpServerState::ConnectionClosed() {
  open_.Decrement();
  const MutexLock lock(mutex_);
  if (--connections_ == 0) none_left_.NotifyAll();
}

void HttpServerState::AwaitNoConnections(std::chrono::milliseconds longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  const MutexLock lock(mutex_);
  while (connections_ > 0) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    none_left_.WaitFor(mutex_, left);
  }
}

void HttpServerState::RequestRefused(std::string_view label) {
  Counter("noizy_http_requests_refused_total", "Requests refused before they reached a handler",
          {{"reason", std::string(label)}})
      .Increment();
}

}  // namespace noizy
