// The writes that wait for the writer.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

struct QueuedWrite {
  std::vector<WriteOp> ops;
  Store::WriteCallback done;
};

/// What the queue holds and what one batch takes.
struct QueueLimits {
  /// More than every connection of the server could have under way.
  std::size_t queued_writes = 65'536;
  /// A disk that stalls must not cost the server its memory.
  std::size_t queued_bytes = std::size_t{64} << 20;
  /// Enough to spread a disk flush over; little enough that a batch is done within milliseconds.
  std::size_t batch_writes = 512;
  std::size_t batch_bytes = std::size_t{4} << 20;
};

/// First in, first out. Thread-safe.
class WriteQueue {
 public:
  explicit WriteQueue(QueueLimits limits = {}) : limits_(limits) {}

  /// ServiceUnavailable when the queue is full or closed; then `write` is left as it was.
  Status Push(QueuedWrite& write) NOIZY_EXCLUDES(mutex_);
  /// The oldest writes, one batch of them. When there are none, waits until one comes, Poke or
  /// Close is called or `patience` has passed; then it may return none.
  std::vector<QueuedWrite> Take(Duration patience) NOIZY_EXCLUDES(mutex_);
  /// Ends a Take that waits, or the next one.
  void Poke() NOIZY_EXCLUDES(mutex_);
  /// Refuses new writes; what is queued can still be taken.
  void Close() NOIZY_EXCLUDES(mutex_);
  bool Closed() const NOIZY_EXCLUDES(mutex_);
  std::size_t Depth() const NOIZY_EXCLUDES(mutex_);

 private:
  static std::size_t Bytes(const QueuedWrite& write);

  const QueueLimits limits_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<QueuedWrite> writes_ NOIZY_GUARDED_BY(mutex_);
  std::size_t bytes_ NOIZY_GUARDED_BY(mutex_) = 0;
  bool poked_ NOIZY_GUARDED_BY(mutex_) = false;
  bool closed_ NOIZY_GUARDED_BY(mutex_) = false;
};

}  // namespace noizy::apiserver
