#include "machinery/transport/http_outbox.h"

#include <array>
#include <charconv>

namespace noizy {
namespace {

std::size_t SizeOf(const std::vector<SharedBytes>& pieces) {
  std::size_t size = 0;
  for (const SharedBytes& piece : pieces) size += piece.view.size();
  return size;
}

SharedBytes ChunkHead(std::size_t size) {
  std::array<char, 18> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + 16, size, 16);
  return SharedBytes(std::string(text.data(), end) + "\r\n");
}

}  // namespace

bool HttpOutbox::Reply(ExchangeNumber exchange, std::vector<SharedBytes> pieces) {
  const MutexLock lock(mutex_);
  if (!Is(exchange, State::kAwaited)) return false;
  for (SharedBytes& piece : pieces) Push(std::move(piece));
  state_ = State::kEnded;
  return true;
}

bool HttpOutbox::Open(ExchangeNumber exchange, SharedBytes head, StreamFraming framing,
                      std::shared_ptr<HttpStreamEvents> events) {
  const MutexLock lock(mutex_);
  if (!Is(exchange, State::kAwaited)) return false;
  state_ = State::kStreaming;
  streaming_ = true;
  framing_ = framing;
  events_ = std::move(events);
  Push(std::move(head));
  return true;
}

bool HttpOutbox::Write(ExchangeNumber exchange, std::vector<SharedBytes> pieces) {
  const std::size_t size = SizeOf(pieces);
  // An empty chunk would end the body.
  if (size == 0) return false;
  const MutexLock lock(mutex_);
  if (!Is(exchange, State::kStreaming)) return false;
  if (framing_ == StreamFraming::kChunked) Push(ChunkHead(size));
  for (SharedBytes& piece : pieces) Push(std::move(piece));
  if (framing_ == StreamFraming::kChunked) Push(SharedBytes::Static("\r\n"));
  return true;
}

bool HttpOutbox::Close(ExchangeNumber exchange) {
  std::shared_ptr<HttpStreamEvents> released;  // its destruction is foreign code: after the lock
  const MutexLock lock(mutex_);
  if (!Is(exchange, State::kStreaming)) return false;
  released = std::move(events_);
  End();
  return true;
}

ExchangeNumber HttpOutbox::BeginExchange() {
  const MutexLock lock(mutex_);
  state_ = State::kAwaited;
  streaming_ = false;
  return ++exchange_;
}

HttpOutbox::Mail HttpOutbox::Collect() {
  const MutexLock lock(mutex_);
  Mail mail;
  mail.pieces.swap(pieces_);
  mail.streaming = streaming_;
  mail.ended = state_ == State::kEnded;
  return mail;
}

std::shared_ptr<HttpStreamEvents> HttpOutbox::Listener() const {
  const MutexLock lock(mutex_);
  return events_;
}

std::shared_ptr<HttpStreamEvents> HttpOutbox::EndStream() {
  const MutexLock lock(mutex_);
  if (state_ != State::kStreaming) return nullptr;
  End();
  return std::exchange(events_, nullptr);
}

std::shared_ptr<HttpStreamEvents> HttpOutbox::Shut() {
  std::vector<SharedBytes> released;
  const MutexLock lock(mutex_);
  state_ = State::kShut;
  released.swap(pieces_);
  queued_bytes_ = 0;
  return std::exchange(events_, nullptr);
}

void HttpOutbox::Push(SharedBytes piece) {
  if (piece.view.empty()) return;
  Count(piece.view.size());
  pieces_.push_back(std::move(piece));
}

void HttpOutbox::End() {
  if (framing_ == StreamFraming::kChunked) Push(SharedBytes::Static("0\r\n\r\n"));
  state_ = State::kEnded;
}

bool HttpOutbox::Is(ExchangeNumber exchange, State state) const {
  return exchange == exchange_ && state == state_;
}

}  // namespace noizy
