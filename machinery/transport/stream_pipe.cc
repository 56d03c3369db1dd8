#include "machinery/transport/stream_pipe.h"

namespace noizy {

bool StreamPipe::PutHead(int code, HttpHeaders headers) {
  const MutexLock lock(mutex_);
  head_.emplace(code, std::move(headers));
  changed_.NotifyAll();
  return !abandoned_;
}

bool StreamPipe::PutBytes(std::string_view bytes) {
  const MutexLock lock(mutex_);
  while (bytes_.size() >= kBytes && !abandoned_) changed_.Wait(mutex_);
  bytes_ += bytes;
  changed_.NotifyAll();
  return !abandoned_;
}

void StreamPipe::End(Status status) {
  const MutexLock lock(mutex_);
  ended_ = true;
  status_ = std::move(status);
  changed_.NotifyAll();
}

StreamPipe::Taken StreamPipe::Take(std::chrono::milliseconds longest) {
  const MutexLock lock(mutex_);
  if (!head_ && bytes_.empty() && !ended_) changed_.WaitFor(mutex_, longest);
  Taken taken;
  taken.head.swap(head_);
  taken.bytes.swap(bytes_);
  taken.ended = ended_;
  if (!taken.bytes.empty()) changed_.NotifyAll();
  return taken;
}

bool StreamPipe::AwaitEnd(std::chrono::milliseconds longest) {
  const MutexLock lock(mutex_);
  if (!ended_) changed_.WaitFor(mutex_, longest);
  return ended_;
}

Status StreamPipe::status() const {
  const MutexLock lock(mutex_);
  return status_;
}

void StreamPipe::Abandon() {
  const MutexLock lock(mutex_);
  abandoned_ = true;
  changed_.NotifyAll();
}

}  // namespace noizy
