// One connection of the HTTP server, from the handshake to the last byte.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/transport/http_outbox.h"
#include "machinery/transport/http_request_parser.h"
#include "machinery/transport/http_server_exchange.h"
#include "machinery/transport/http_server_loop.h"
#include "machinery/transport/http_server_state.h"
#include "machinery/transport/tls_stream.h"

namespace noizy {

/// Lives on one loop's thread; only Wake, Post, closing and the outbox are for others.
///
///   kHandshake ─> kIdle ─> kHead ─> kBody ─> kAnswering ─┬─> kIdle          (keep-alive)
///                            └───────┴─────> kRefusing ──┴─> kLingering ─> kClosed
///
/// Requests that come while one is answered wait in `ahead_`, in order and bounded. A read is
/// always pending, also while a watch is silent, so that a peer that leaves is noticed at once.
class HttpServerConnection final : public HttpLoopMember,
                                   public HttpReplyChannel,
                                   public std::enable_shared_from_this<HttpServerConnection> {
 public:
  HttpServerConnection(std::shared_ptr<HttpServerLoop> loop,
                       std::shared_ptr<HttpServerState> server,
                       boost::asio::ip::tcp::socket socket);
  ~HttpServerConnection() override;

  /// Joins the loop. On its thread.
  void Start();

  HttpOutbox& outbox() override { return outbox_; }
  void Wake(HttpHaste haste) override;
  void Post(std::function<void()> work) override;
  bool closing() const override { return server_->stopping() || distrusted_; }

  void OnScheduled() override;
  void OnDeadline() override;
  void OnTrustChanged() override;
  void OnStop() override;
  void OnAbort() override { Drop(); }

 private:
  enum class Phase : std::uint8_t {
    kHandshake,
    kIdle,
    kHead,
    kBody,
    kAnswering,
    kRefusing,
    kLingering,
    kClosed,
  };

  HttpServerConnection(std::shared_ptr<HttpServerLoop> loop,
                       std::shared_ptr<HttpServerState> server, boost::asio::ip::tcp::socket socket,
                       const HttpServerTrust& trust);

  void Enter(Phase phase, HttpServerLoop::Time deadline);
  void ArmRead();
  void ArmWrite();
  void OnReadable();
  void OnWritable();

  // Whom the peer is.
  bool StillTrusted();
  bool StillAuthorized() const;
  void EndStream();

  // Reading.
  void StepHandshake();
  void RefusePlainHttp();
  void ReadSome();
  bool WantsInput() const;
  void Consume(std::string_view bytes);
  void OnBodyBegins(bool body_came);
  void Dispatch();
  void PeerLeft(bool may_still_listen);

  // Writing.
  void Flush();
  bool WriteOut();
  std::string_view NextBytes();
  void Advance(std::size_t bytes);
  void Append(SharedBytes piece);
  void TellDrained();
  void OnAnswered();
  void Resume();

  // Ending.
  void Refuse(const HttpRefusal& refusal);
  void Linger();
  void Discard();
  void Drop();

  const std::shared_ptr<HttpServerLoop> loop_;
  const std::shared_ptr<HttpServerState> server_;
  TlsStream tls_;
  HttpRequestParser parser_;
  HttpOutbox outbox_;
  PeerIdentity peer_;
  std::string authorization_;  // of the request that is being answered, without a certificate
  std::uint64_t generation_;   // of the trust that the peer was looked at with last
  std::string remote_address_;
  std::string ahead_;  // what came after the request that is being answered

  std::vector<SharedBytes> out_;  // being sent, from out_[out_first_] at out_offset_ on
  std::size_t out_first_ = 0;
  std::size_t out_offset_ = 0;

  Phase phase_ = Phase::kHandshake;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool read_needs_write_ = false;  // TLS has something to send before it can read
  bool dispatching_ = false;       // the handler runs; what it answers is flushed after it
  bool streaming_ = false;
  bool answer_complete_ = false;
  bool keep_alive_ = false;
  bool peer_left_ = false;                // it sends no more, but may still read
  bool unauthorized_ = false;             // so is who asked what is being answered
  std::atomic<bool> distrusted_ = false;  // no request of this peer's is served any more
  std::atomic<bool> scheduled_ = false;
};

}  // namespace noizy
