// Between whoever answers a request, on any thread, and the event loop that sends the answer: one
// per connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "machinery/base/mutex.h"
#include "machinery/transport/http.h"

namespace noizy {

/// How the end of a streamed body is told.
enum class StreamFraming : std::uint8_t {
  kChunked,
  kUntilClose,  // for HTTP/1.0
};

/// Names the exchange that is answered: a late answer to an earlier one is dropped. Never 0.
using ExchangeNumber = std::uint64_t;

/// Thread-safe. The first group is for those who answer; after a call that returned true they wake
/// the loop.
class HttpOutbox {
 public:
  /// A whole reply. False when `exchange` has been answered, or the peer is gone.
  bool Reply(ExchangeNumber exchange, std::vector<SharedBytes> pieces);
  /// A reply's head, with a body to come. False as above; then `events` hear nothing.
  bool Open(ExchangeNumber exchange, SharedBytes head, StreamFraming framing,
            std::shared_ptr<HttpStreamEvents> events);
  /// More of the body. False when the stream is not open (any more).
  bool Write(ExchangeNumber exchange, std::vector<SharedBytes> pieces);
  /// The end of the body. False as above.
  bool Close(ExchangeNumber exchange);
  /// Taken in and not yet given to the kernel, framing included. In one order with what an owner
  /// does on other atomics: who sees bytes here will be told that they are drained.
  std::size_t queued_bytes() const { return queued_bytes_; }

  // For the loop.

  /// Opens the box for the answer to one request.
  ExchangeNumber BeginExchange();
  struct Mail {
    std::vector<SharedBytes> pieces;
    bool streaming = false;  // the answer is a stream, open or just ended
    bool ended = false;      // the answer is complete
  };
  /// All that has come since the last call.
  Mail Collect();
  /// The loop itself sends `bytes`.
  void Count(std::size_t bytes) { queued_bytes_ += bytes; }
  void Sent(std::size_t bytes) { queued_bytes_ -= bytes; }
  /// Whom to tell about the open stream; null when there is none.
  std::shared_ptr<HttpStreamEvents> Listener() const;
  /// The server ends the open stream: closes its body and returns whom to tell, or null.
  std::shared_ptr<HttpStreamEvents> EndStream();
  /// The peer is gone: drops everything, now and later, and returns whom to tell, or null.
  std::shared_ptr<HttpStreamEvents> Shut();

 private:
  enum class State : std::uint8_t { kIdle, kAwaited, kStreaming, kEnded, kShut };

  void Push(SharedBytes piece) NOIZY_REQUIRES(mutex_);
  void End() NOIZY_REQUIRES(mutex_);
  bool Is(ExchangeNumber exchange, State state) const NOIZY_REQUIRES(mutex_);

  mutable Mutex mutex_;
  State state_ NOIZY_GUARDED_BY(mutex_) = State::kIdle;
  bool streaming_ NOIZY_GUARDED_BY(mutex_) = false;
  StreamFraming framing_ NOIZY_GUARDED_BY(mutex_) = StreamFraming::kChunked;
  ExchangeNumber exchange_ NOIZY_GUARDED_BY(mutex_) = 0;
  std::vector<SharedBytes> pieces_ NOIZY_GUARDED_BY(mutex_);
  std::shared_ptr<HttpStreamEvents> events_ NOIZY_GUARDED_BY(mutex_);
  std::atomic<std::size_t> queued_bytes_ = 0;
};

}  // namespace noizy
