// How an answer that comes on any thread, at any time, gets back to the executor.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "machinery/base/executor.h"
#include "machinery/base/mutex.h"

namespace noizy::scheduler {

/// Ends with its owner: what comes later is dropped, and the executor is not touched any more.
class ReturnPath : public std::enable_shared_from_this<ReturnPath> {
 public:
  explicit ReturnPath(Executor& executor) : executor_(&executor) {}

  /// Runs `function` on the executor while the path is open. From any thread.
  void Post(std::function<void()> function) {
    const MutexLock lock(mutex_);
    if (executor_ == nullptr) return;
    executor_->Post([self = shared_from_this(), function = std::move(function)] {
      if (self->IsOpen()) function();
    });
  }
  /// On the executor's thread, or once that has stopped.
  void Close() {
    const MutexLock lock(mutex_);
    executor_ = nullptr;
  }

 private:
  bool IsOpen() {
    const MutexLock lock(mutex_);
    return executor_ != nullptr;
  }

  Mutex mutex_;
  Executor* executor_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::scheduler
