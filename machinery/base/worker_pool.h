// Threads for work that blocks (a model's answer), so that executors never do.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "machinery/base/mutex.h"

namespace noizy {

/// A few threads and a short queue before them. Thread-safe. Destruction waits for the functions
/// that run; those that wait are dropped.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t queue);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  ~WorkerPool();

  std::size_t threads() const { return threads_.size(); }
  /// False when the queue is full: whoever asks is to do without.
  bool Run(std::function<void()> function);
  /// Waits for so long, or until the pool is destroyed; for its own threads.
  void Pause(std::chrono::nanoseconds span);

 private:
  void Work();

  const std::size_t most_waiting_;
  Mutex mutex_;
  CondVar arrived_;
  CondVar stopped_;
  std::deque<std::function<void()>> waiting_ NOIZY_GUARDED_BY(mutex_);
  bool stopping_ NOIZY_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace noizy
