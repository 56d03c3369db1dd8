#include "machinery/transport/http_server_connection.h"

#include <boost/asio/buffer.hpp>

#include "machinery/base/log.h"

namespace noizy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

// Records read, or written, before other connections get their turn. One that sends a long list
// keeps all the others of its loop waiting that long.
constexpr int kReadsPerTurn = 8;
constexpr int kWritesPerTurn = 4;
// Pipelined requests kept while one is answered; beyond it the socket is left unread.
constexpr std::size_t kAheadBytes = 64 * 1024;
// How long a peer may take to read the last reply and leave. Closing with unread bytes in the
// socket would reset the connection, and the reply with it (RFC 9112 §9.6).
constexpr milliseconds kLingerTime{1000};
// More pieces than this in an emptied queue are given back to the allocator.
constexpr std::size_t kKeptPieces = 64;

constexpr HttpRefusal kHeaderTimeout{408, "header-timeout", "the headers took too long"};
constexpr HttpRefusal kBodyTimeout{408, "body-timeout", "the body took too long"};

constexpr HttpRefusal kDistrusted{401, "distrusted",
                                  "the certificate of this connection is trusted no longer: its CA "
                                  "was dropped, or it was revoked"};

constexpr std::string_view kPlainHttpReply =
    "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
    "This server speaks HTTPS only: write https:// in the URL.\n";

HttpServerLoop::Time In(milliseconds span) {
  return std::chrono::steady_clock::now() + span;
}

std::string AddressOf(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint endpoint = socket.remote_endpoint(error);
  if (error) return "unknown";
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

}  // namespace

HttpServerConnection::HttpServerConnection(std::shared_ptr<HttpServerLoop> loop,
                                           std::shared_ptr<HttpServerState> server,
                                           tcp::socket socket)
    : HttpServerConnection(std::move(loop), server, std::move(socket), server->trust()) {}

HttpServerConnection::HttpServerConnection(std::shared_ptr<HttpServerLoop> loop,
                                           std::shared_ptr<HttpServerState> server,
                                           tcp::socket socket, const HttpServerTrust& trust)
    : loop_(std::move(loop)),
      server_(std::move(server)),
      tls_(std::move(socket), trust.tls),
      parser_(server_->limits()),
      generation_(trust.generation),
      remote_address_(AddressOf(tls_.socket())) {}

HttpServerConnection::~HttpServerConnection() {
  if (phase_ != Phase::kClosed) server_->ConnectionClosed();  // it never started
}

void HttpServerConnection::Start() {
  if (server_->stopping()) return;
  loop_->Add(shared_from_this());
  Enter(Phase::kHandshake, In(server_->limits().handshake_timeout));
  StepHandshake();
}

void HttpServerConnection::Post(std::function<void()> work) {
  loop_->Post([work = std::move(work)] {
    try {
      work();
    } catch (const std::exception& error) {
      LogError("HTTP handler threw an exception", {{"error", error.what()}});
    }
  });
}

void HttpServerConnection::Wake(HttpHaste haste) {
  if (scheduled_.exchange(true)) return;
  if (loop_->InThread() && dispatching_) {
    scheduled_ = false;  // Dispatch flushes when the handler has returned
    return;
  }
  loop_->Schedule(shared_from_this(), haste);
}

void HttpServerConnection::OnScheduled() {
  scheduled_ = false;
  Flush();
  Resume();
}

void HttpServerConnection::OnDeadline() {
  switch (phase_) {
    case Phase::kHead:
      return Refuse(kHeaderTimeout);
    case Phase::kBody:
      return Refuse(kBodyTimeout);
    case Phase::kIdle:
      return Linger();
    case Phase::kHandshake:
      server_->HandshakeFailed();
      return Drop();
    default:  // a peer that does not read, or does not leave
      return Drop();
  }
}

void HttpServerConnection::OnStop() {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kHead:
    case Phase::kBody:
      return Linger();
    case Phase::kHandshake:
    case Phase::kLingering:
      return Drop();
    case Phase::kAnswering:
      return EndStream();
    case Phase::kRefusing:
    case Phase::kClosed:
      return;
  }
}

void HttpServerConnection::OnTrustChanged() {
  if (phase_ == Phase::kHandshake) return;  // looked at when it is done
  if (StillTrusted() && server_->CheckPeer(peer_).ok()) {
    if (phase_ != Phase::kAnswering || StillAuthorized()) return;
    unauthorized_ = true;
    return EndStream();
  }
  distrusted_ = true;
  switch (phase_) {
    case Phase::kIdle:
      return Linger();
    case Phase::kHead:
    case Phase::kBody:
      return Refuse(kDistrusted);
    case Phase::kAnswering:
      return EndStream();
    default:  // it ends anyway
      return;
  }
}

// Whether the CAs of now, if there are others, trust the peer.
bool HttpServerConnection::StillTrusted() {
  if (server_->generation() != generation_) {
    const HttpServerTrust trust = server_->trust();
    generation_ = trust.generation;
    if (!tls_.PeerIsTrustedBy(trust.tls.get())) distrusted_ = true;
  }
  return !distrusted_;
}

bool HttpServerConnection::StillAuthorized() const {
  return authorization_.empty() || server_->CheckAuthorization(authorization_).ok();
}

// What is answered at once stays whole; what would go on without end ends properly.
void HttpServerConnection::EndStream() {
  const auto listener = outbox_.EndStream();
  Flush();
  if (listener && listener->on_closed) listener->on_closed();
}

void HttpServerConnection::Enter(Phase phase, HttpServerLoop::Time deadline) {
  phase_ = phase;
  loop_->SetDeadline(*this, deadline);
}

void HttpServerConnection::ArmRead() {
  if (read_armed_ || phase_ == Phase::kClosed) return;
  read_armed_ = true;
  tls_.socket().async_wait(tcp::socket::wait_read,
                           [self = shared_from_this()](const error_code& error) {
                             self->read_armed_ = false;
                             if (!error) self->OnReadable();
                           });
}

void HttpServerConnection::ArmWrite() {
  if (write_armed_ || phase_ == Phase::kClosed) return;
  write_armed_ = true;
  tls_.socket().async_wait(tcp::socket::wait_write,
                           [self = shared_from_this()](const error_code& error) {
                             self->write_armed_ = false;
                             if (!error) self->OnWritable();
                           });
}

void HttpServerConnection::OnReadable() {
  switch (phase_) {
    case Phase::kHandshake:
      return StepHandshake();
    case Phase::kLingering:
      return Discard();
    case Phase::kClosed:
      return;
    default:
      return ReadSome();
  }
}

void HttpServerConnection::OnWritable() {
  if (phase_ == Phase::kHandshake) return StepHandshake();
  if (std::exchange(read_needs_write_, false)) ReadSome();
  Flush();
  Resume();
}

void HttpServerConnection::StepHandshake() {
  switch (tls_.Handshake()) {
    case TlsStep::kDone: {
      Result<PeerIdentity> peer = tls_.Peer();
      if (!peer.ok()) {
        server_->HandshakeFailed();
        return Linger();
      }
      peer_ = *std::move(peer);
      Enter(Phase::kIdle, In(server_->limits().idle_timeout));
      return tls_.HasBuffered() ? ReadSome() : ArmRead();
    }
    case TlsStep::kWantRead:
      return ArmRead();
    case TlsStep::kWantWrite:
      return ArmWrite();
    case TlsStep::kPlainHttp:
      return RefusePlainHttp();
    default:
      // Lingering lets the peer read the alert that says why.
      server_->HandshakeFailed();
      return Linger();
  }
}

void HttpServerConnection::RefusePlainHttp() {
  server_->HandshakeFailed();
  error_code ignored;
  tls_.socket().write_some(asio::buffer(kPlainHttpReply), ignored);
  Linger();
}

void HttpServerConnection::ReadSome() {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    if (!WantsInput()) return;
    auto& buffer = loop_->read_buffer();
    std::size_t count = 0;
    switch (tls_.Read(buffer.data(), buffer.size(), count)) {
      case TlsStep::kDone:
        Consume({buffer.data(), count});
        // An empty TLS buffer means that only the socket can have more: it will say so.
        if (!tls_.HasBuffered()) return WantsInput() ? ArmRead() : void();
        continue;
      case TlsStep::kWantRead:
        return ArmRead();
      case TlsStep::kWantWrite:
        read_needs_write_ = true;
        return ArmWrite();
      case TlsStep::kClosed:
        return PeerLeft(true);
      default:
        return PeerLeft(false);
    }
  }
  loop_->Post([self = shared_from_this()] { self->OnReadable(); });
}

bool HttpServerConnection::WantsInput() const {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kHead:
    case Phase::kBody:
      return true;
    case Phase::kAnswering:
      return ahead_.size() < kAheadBytes && !peer_left_;
    default:
      return false;
  }
}

void HttpServerConnection::Consume(std::string_view bytes) {
  while (!bytes.empty() && phase_ != Phase::kAnswering) {
    if (phase_ != Phase::kIdle && phase_ != Phase::kHead && phase_ != Phase::kBody) return;
    bytes.remove_prefix(parser_.Feed(bytes));
    if (phase_ == Phase::kIdle) Enter(Phase::kHead, In(server_->limits().header_timeout));
    switch (parser_.stage()) {
      case HttpRequestParser::Stage::kHead:
        break;
      case HttpRequestParser::Stage::kBody:
        if (phase_ == Phase::kHead) OnBodyBegins(!bytes.empty());
        break;
      case HttpRequestParser::Stage::kComplete:
        Dispatch();
        break;
      case HttpRequestParser::Stage::kRefused:
        return Refuse(parser_.refusal());
    }
  }
  if (phase_ == Phase::kAnswering) ahead_ += bytes;
}

void HttpServerConnection::OnBodyBegins(bool body_came) {
  Enter(Phase::kBody, In(server_->limits().body_timeout));
  if (!parser_.expects_continue() || body_came) return;
  Append(SharedBytes::Static("HTTP/1.1 100 Continue\r\n\r\n"));
  WriteOut();
}

void HttpServerConnection::Dispatch() {
  if (!StillTrusted()) return Refuse(kDistrusted);
  keep_alive_ = parser_.keep_alive();
  ReplyTerms terms;
  terms.chunks_allowed = parser_.chunks_allowed();
  terms.keep_alive = keep_alive_;
  HttpRequest request = parser_.Take();
  authorization_.clear();
  unauthorized_ = false;
  if (peer_.common_name.empty()) authorization_ = FindHeader(request.headers, "Authorization");
  terms.head = request.method == "HEAD";
  request.peer = peer_;
  request.remote_address = remote_address_;
  Enter(Phase::kAnswering, HttpServerLoop::kNever);
  const ExchangeNumber number = outbox_.BeginExchange();
  dispatching_ = true;
  try {
    server_->handler()(MakeServerExchange(shared_from_this(), number, std::move(request), terms));
  } catch (const std::exception& error) {
    // The exchange is gone with the exception, and so is answered 500.
    LogError("HTTP handler threw an exception", {{"error", error.what()}});
  }
  dispatching_ = false;
  Flush();
}

// The peer sends no more. Between requests, and in half of one, there is nothing to say to it; a
// stream ends, since it would be sent to nobody; a reply under way it may still read.
void HttpServerConnection::PeerLeft(bool may_still_listen) {
  peer_left_ = true;
  if (phase_ != Phase::kAnswering || streaming_ || !may_still_listen) Drop();
}

void HttpServerConnection::Flush() {
  if (phase_ != Phase::kAnswering && phase_ != Phase::kRefusing) return;
  if (phase_ == Phase::kAnswering) {
    HttpOutbox::Mail mail = outbox_.Collect();
    for (SharedBytes& piece : mail.pieces) out_.push_back(std::move(piece));
    streaming_ = mail.streaming;
    answer_complete_ = mail.ended;
    if (streaming_ && peer_left_) return Drop();
    if (streaming_ && !answer_complete_ && (closing() || unauthorized_)) return EndStream();
  }
  const bool had_bytes = !out_.empty();
  if (!WriteOut()) return;
  if (phase_ == Phase::kRefusing) return Linger();
  loop_->SetDeadline(*this, HttpServerLoop::kNever);
  if (answer_complete_) return OnAnswered();
  if (had_bytes && streaming_) TellDrained();
}

// True when all is with the kernel.
bool HttpServerConnection::WriteOut() {
  for (int i = 0; out_first_ < out_.size(); ++i) {
    if (i == kWritesPerTurn) {
      loop_->Schedule(shared_from_this(), HttpHaste::kStream);
      return false;
    }
    std::size_t count = 0;
    const TlsStep step = tls_.Write(NextBytes(), count);
    if (step == TlsStep::kDone) {
      Advance(count);
      continue;
    }
    if (step != TlsStep::kWantWrite) {  // without renegotiation, writing never waits for reading
      Drop();
      return false;
    }
    // While a body is read, the limit on that is the stricter one.
    if (phase_ != Phase::kBody) {
      loop_->SetDeadline(*this, In(server_->limits().write_timeout));
    }
    ArmWrite();
    return false;
  }
  out_.clear();
  out_first_ = out_offset_ = 0;
  if (out_.capacity() > kKeptPieces) out_.shrink_to_fit();
  return true;
}

// The next record's worth: out of a large piece as it lies, small ones gathered. What TLS asks to
// be offered again begins with the same bytes, as nothing was taken from the queue's front since.
std::string_view HttpServerConnection::NextBytes() {
  const std::string_view front = out_[out_first_].view.substr(out_offset_);
  if (front.size() >= HttpServerLoop::kRecordBytes || out_first_ + 1 == out_.size()) {
    return front.substr(0, HttpServerLoop::kRecordBytes);
  }
  auto& buffer = loop_->write_buffer();
  std::size_t size = 0;
  std::size_t offset = out_offset_;
  for (std::size_t i = out_first_; i < out_.size() && size < buffer.size(); ++i, offset = 0) {
    size += out_[i].view.substr(offset).copy(buffer.data() + size, buffer.size() - size);
  }
  return {buffer.data(), size};
}

void HttpServerConnection::Advance(std::size_t bytes) {
  outbox_.Sent(bytes);
  while (bytes > 0) {
    const std::size_t left = out_[out_first_].view.size() - out_offset_;
    if (bytes < left) {
      out_offset_ += bytes;
      return;
    }
    bytes -= left;
    out_[out_first_++] = {};  // lets go of the bytes at once
    out_offset_ = 0;
  }
}

void HttpServerConnection::Append(SharedBytes piece) {
  outbox_.Count(piece.view.size());
  out_.push_back(std::move(piece));
}

void HttpServerConnection::TellDrained() {
  const auto listener = outbox_.Listener();
  if (listener && listener->on_drained) listener->on_drained();
}

void HttpServerConnection::OnAnswered() {
  streaming_ = answer_complete_ = false;
  if (!keep_alive_ || peer_left_ || closing()) return Linger();
  Enter(Phase::kIdle, In(server_->limits().idle_timeout));
}

// After an answer on another thread: the next request may have come already, or been left unread.
void HttpServerConnection::Resume() {
  if (phase_ != Phase::kIdle) return;
  if (!ahead_.empty()) Consume(std::exchange(ahead_, {}));
  if (!read_armed_) ReadSome();
}

void HttpServerConnection::Refuse(const HttpRefusal& refusal) {
  HttpServerState::RequestRefused(refusal.label);
  const StatusReason reason = ReasonFromHttpCode(refusal.code);
  ReplyTerms terms;
  terms.keep_alive = false;
  HttpReply reply = StatusReply(refusal.code, ReasonName(reason), refusal.message);
  for (SharedBytes& piece : SerializeReply(std::move(reply), terms)) Append(std::move(piece));
  Enter(Phase::kRefusing, HttpServerLoop::kNever);
  Flush();
}

void HttpServerConnection::Linger() {
  tls_.CloseSending();
  // A server that stops does not wait for anybody.
  if (peer_left_ || server_->stopping()) return Drop();
  Enter(Phase::kLingering, In(kLingerTime));
  Discard();
}

void HttpServerConnection::Discard() {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    error_code error;
    tls_.socket().read_some(asio::buffer(loop_->read_buffer()), error);
    if (error == asio::error::would_block || error == asio::error::try_again) return ArmRead();
    if (error) return Drop();
  }
  loop_->Post([self = shared_from_this()] { self->OnReadable(); });
}

void HttpServerConnection::Drop() {
  if (phase_ == Phase::kClosed) return;
  const auto self = shared_from_this();
  phase_ = Phase::kClosed;
  error_code ignored;
  tls_.socket().close(ignored);
  out_ = {};
  out_first_ = out_offset_ = 0;
  ahead_ = {};
  loop_->Remove(*this);
  server_->ConnectionClosed();
  const auto listener = outbox_.Shut();
  if (listener && listener->on_closed) listener->on_closed();
}

}  // namespace noizy
