#include "apiserver/storage/sqlite/write_queue.h"

#include <utility>

namespace noizy::apiserver {

std::size_t WriteQueue::Bytes(const QueuedWrite& write) {
  std::size_t bytes = 0;
  for (const WriteOp& op : write.ops) bytes += op.body.bytes.size();
  return bytes;
}

Status WriteQueue::Push(QueuedWrite& write) {
  const std::size_t bytes = Bytes(write);
  MutexLock lock(mutex_);
  if (closed_) return Unavailable("the store is closing");
  if (writes_.size() >= limits_.queued_writes || bytes_ + bytes > limits_.queued_bytes) {
    return Unavailable("too many writes wait for the disk: try again later");
  }
  bytes_ += bytes;
  writes_.push_back(std::move(write));
  // The writer waits only when the queue is empty.
  if (writes_.size() == 1) changed_.NotifyOne();
  return Status::Ok();
}

std::vector<QueuedWrite> WriteQueue::Take(Duration patience) {
  std::vector<QueuedWrite> batch;
  MutexLock lock(mutex_);
  while (writes_.empty() && !closed_ && !poked_) {
    if (!changed_.WaitFor(mutex_, patience)) break;
  }
  poked_ = false;
  for (std::size_t bytes = 0; !writes_.empty() && batch.size() < limits_.batch_writes;) {
    const std::size_t next = Bytes(writes_.front());
    if (!batch.empty() && bytes + next > limits_.batch_bytes) break;
    bytes += next;
    bytes_ -= next;
    batch.push_back(std::move(writes_.front()));
    writes_.pop_front();
  }
  return batch;
}

void WriteQueue::Poke() {
  MutexLock lock(mutex_);
  poked_ = true;
  changed_.NotifyOne();
}

void WriteQueue::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  changed_.NotifyOne();
}

bool WriteQueue::Closed() const {
  MutexLock lock(mutex_);
  return closed_;
}

std::size_t WriteQueue::Depth() const {
  MutexLock lock(mutex_);
  return writes_.size();
}

}  // namespace noizy::apiserver
