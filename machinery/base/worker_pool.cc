#include "machinery/base/worker_pool.h"

#include <utility>

namespace noizy {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue) : most_waiting_(queue) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  arrived_.NotifyAll();
  stopped_.NotifyAll();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Run(std::function<void()> function) {
  const MutexLock lock(mutex_);
  if (stopping_ || waiting_.size() >= most_waiting_) return false;
  waiting_.push_back(std::move(function));
  arrived_.NotifyOne();
  return true;
}

void WorkerPool::Pause(std::chrono::nanoseconds span) {
  const auto until = std::chrono::steady_clock::now() + span;
  const MutexLock lock(mutex_);
  while (!stopping_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) return;
    stopped_.WaitFor(mutex_, left);
  }
}

void WorkerPool::Work() {
  while (true) {
    std::function<void()> function;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) arrived_.Wait(mutex_);
      if (stopping_) return;
      function = std::move(waiting_.front());
      waiting_.pop_front();
    }
    function();
  }
}

}  // namespace noizy
