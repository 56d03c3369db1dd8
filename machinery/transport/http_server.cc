#include "machinery/transport/http_server.h"

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "machinery/base/mutex.h"
#include "machinery/transport/http_server_connection.h"
#include "machinery/transport/http_server_loop.h"
#include "machinery/transport/http_server_state.h"

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

// A thousand agents may come back at once; what does not fit waits a second for its next SYN.
constexpr int kBacklog = 4096;
// After an accept that failed, most likely for want of file descriptors.
constexpr milliseconds kAcceptPause{50};
constexpr milliseconds kLongestSweep{500};
constexpr milliseconds kShortestSweep{5};

// Deadlines are kept to a quarter of the shortest limit.
milliseconds SweepOf(const HttpServerLimits& limits) {
  const milliseconds shortest =
      std::min({limits.handshake_timeout, limits.header_timeout, limits.body_timeout,
                limits.idle_timeout, limits.write_timeout});
  return std::clamp(shortest / 4, kShortestSweep, kLongestSweep);
}

class AsioHttpServer final : public HttpServer {
 public:
  AsioHttpServer(const HttpServerOptions& options, HttpHandler handler, TlsContext tls)
      : state_(std::make_shared<HttpServerState>(
            options.limits, std::move(handler), std::move(tls),
            HttpServerChecks{options.check_peer, options.check_authorization})) {
    for (int i = 0; i < std::max(options.threads, 1); ++i) {
      loops_.push_back(std::make_shared<HttpServerLoop>(SweepOf(options.limits)));
    }
    acceptor_.emplace(loops_.front()->io());
    pause_.emplace(loops_.front()->io());
  }

  ~AsioHttpServer() override { AsioHttpServer::Stop(milliseconds(0)); }
  AsioHttpServer(const AsioHttpServer&) = delete;
  AsioHttpServer& operator=(const AsioHttpServer&) = delete;

  Status Listen(const std::string& address, std::uint16_t port) {
    error_code error;
    const auto host = asio::ip::make_address(address, error);
    if (error) return BadRequest("\"" + address + "\" is not an IP address to listen on");
    const tcp::endpoint endpoint(host, port);
    acceptor_->open(endpoint.protocol(), error);
    // Never SO_REUSEPORT: two servers would share the port without noticing.
    if (!error) acceptor_->set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(kBacklog, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (!error) return {};
    return Unavailable("cannot listen on " + address + ":" + std::to_string(port) + ": " +
                       error.message());
  }

  void Serve() {
    for (const auto& loop : loops_) loop->Start();
    loops_.front()->Post([this] { Accept(); });
  }

  std::uint16_t port() const override { return port_; }

  Status SetTls(const TlsIdentity& tls) override {
    NOIZY_ASSIGN_OR_RETURN(TlsContext context, MakeServerTls(tls));
    state_->set_tls(std::move(context));
    RecheckPeers();
    return {};
  }

  void RecheckPeers() override {
    for (const auto& loop : loops_) loop->RecheckMembers();
  }

  void Stop(milliseconds grace) override {
    const MutexLock lock(stop_mutex_);
    if (std::exchange(stopped_, true)) return;
    state_->BeginStop();
    loops_.front()->Post([this] {
      error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
    for (const auto& loop : loops_) loop->StopMembers();
    state_->AwaitNoConnections(grace);
    for (const auto& loop : loops_) loop->Finish();
  }

 private:
  // On the first loop's thread, as all that concerns the acceptor.
  void Accept() {
    if (state_->stopping()) return;
    const auto& loop = loops_[next_loop_++ % loops_.size()];
    acceptor_->async_accept(loop->io(), [this, loop](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return PauseAccepting();
      Adopt(loop, std::move(socket));
      Accept();
    });
  }

  void PauseAccepting() {
    pause_->expires_after(kAcceptPause);
    pause_->async_wait([this](const error_code& error) {
      if (!error) Accept();
    });
  }

  void Adopt(const std::shared_ptr<HttpServerLoop>& loop, tcp::socket socket) {
    if (!state_->ConnectionOpened()) return;  // closes the socket
    auto connection = std::make_shared<HttpServerConnection>(loop, state_, std::move(socket));
    loop->Post([connection = std::move(connection)] { connection->Start(); });
  }

  const std::shared_ptr<HttpServerState> state_;
  std::vector<std::shared_ptr<HttpServerLoop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  std::size_t next_loop_ = 0;
  std::uint16_t port_ = 0;

  Mutex stop_mutex_;  // held for all of a stop: a second caller waits for the first
  bool stopped_ NOIZY_GUARDED_BY(stop_mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      HttpHandler handler) {
  NOIZY_ASSIGN_OR_RETURN(TlsContext tls, MakeServerTls(options.tls));
  auto server = std::make_unique<AsioHttpServer>(options, std::move(handler), std::move(tls));
  NOIZY_RETURN_IF_ERROR(server->Listen(options.address, options.port));
  server->Serve();
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace noizy
