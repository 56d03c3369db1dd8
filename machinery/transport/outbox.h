// The messages that wait for one gRPC stream, whose library writes one at a time.
//
// Every call that changes the state returns what its caller must do next on the stream, outside of
// any lock. At most one of the steps that touch the stream (kWrite, kOverflow) is in somebody's
// hands at any time or counted, and kEnd is handed out exactly once, when none is: whoever gets it
// may end the stream and let go of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "machinery/base/mutex.h"

namespace noizy {

enum class OutboxStep : std::uint8_t {
  kNothing,
  /// Write Current(), then call Written().
  kWrite,
  /// The peer reads too slowly: cancel the stream, then call Released().
  kOverflow,
  /// Nothing is left to do: end the stream.
  kEnd,
};

/// Thread-safe. `Message` has ByteSizeLong().
template <typename Message>
class Outbox {
 public:
  /// `max_bytes`: serialised size of what may wait. One message may always wait, whatever its size.
  explicit Outbox(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Queues `message`; drops it once Finish or Abandon was called, or after an overflow.
  OutboxStep Push(Message message) NOIZY_EXCLUDES(mutex_) {
    const std::size_t size = message.ByteSizeLong();
    MutexLock lock(mutex_);
    if (closed_) return OutboxStep::kNothing;
    if (!waiting_.empty() && bytes_ + size > max_bytes_) {
      Drop();
      ++holds_;
      return OutboxStep::kOverflow;
    }
    bytes_ += size;
    waiting_.emplace_back(std::move(message), size);
    return Next();
  }

  /// The write of Current() ended; `ok` false: the stream is broken.
  OutboxStep Written(bool ok) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    --holds_;
    writing_ = false;
    current_.Clear();
    if (!ok) Drop();
    return Next();
  }

  /// Follows kOverflow.
  OutboxStep Released() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    --holds_;
    return Next();
  }

  /// Takes no more messages; kEnd comes after those that wait are written.
  OutboxStep Finish() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    closed_ = true;
    ending_ = true;
    return Next();
  }

  /// Drops what waits; kEnd comes after the write that is under way.
  OutboxStep Abandon() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Drop();
    ending_ = true;
    return Next();
  }

  /// What kWrite is about; stays put until Written.
  const Message& Current() const { return current_; }

  /// Messages that wait or are being written.
  std::size_t Queued() const NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return waiting_.size() + (writing_ ? 1 : 0);
  }

 private:
  void Drop() NOIZY_REQUIRES(mutex_) {
    closed_ = true;
    waiting_.clear();
    bytes_ = 0;
  }

  OutboxStep Next() NOIZY_REQUIRES(mutex_) {
    if (!writing_ && !waiting_.empty()) {
      current_ = std::move(waiting_.front().first);
      bytes_ -= waiting_.front().second;
      waiting_.pop_front();
      writing_ = true;
      ++holds_;
      return OutboxStep::kWrite;
    }
    if (!ending_ || holds_ > 0 || ended_) return OutboxStep::kNothing;
    ended_ = true;
    return OutboxStep::kEnd;
  }

  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  std::deque<std::pair<Message, std::size_t>> waiting_ NOIZY_GUARDED_BY(mutex_);
  std::size_t bytes_ NOIZY_GUARDED_BY(mutex_) = 0;  // of waiting_
  Message current_;                                 // the writer's while writing_
  bool writing_ NOIZY_GUARDED_BY(mutex_) = false;
  bool closed_ NOIZY_GUARDED_BY(mutex_) = false;
  bool ending_ NOIZY_GUARDED_BY(mutex_) = false;
  bool ended_ NOIZY_GUARDED_BY(mutex_) = false;
  int holds_ NOIZY_GUARDED_BY(mutex_) = 0;  // steps on the stream that are under way
};

/// Does `step` on the stream behind `outbox`: `write` begins the write of Current(), `cancel` cuts
/// the stream, `end` ends it.
template <typename Message, typename Write, typename Cancel, typename End>
void TakeStep(Outbox<Message>& outbox, OutboxStep step, Write write, Cancel cancel, End end) {
  if (step == OutboxStep::kOverflow) {
    cancel();
    step = outbox.Released();
  }
  if (step == OutboxStep::kWrite) write();
  if (step == OutboxStep::kEnd) end();
}

/// What may wait on one stream. A reader that is 64 MiB behind is not reading.
inline constexpr std::size_t kMaxOutboxBytes = 64 << 20;

}  // namespace noizy
