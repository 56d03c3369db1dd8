// A way to an Executor that can be closed: gRPC's threads may have a last word after it is gone.
#pragma once

#include <utility>

#include "machinery/base/executor.h"
#include "machinery/base/mutex.h"

namespace noizy::nodeagent {

/// Lets functions through until it is closed. Thread-safe.
class ExecutorGate {
 public:
  explicit ExecutorGate(Executor& executor) : executor_(&executor) {}

  /// False when it is closed: the function was dropped.
  bool Post(Executor::Function function) NOIZY_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (executor_ != nullptr) executor_->Post(std::move(function));
    return executor_ != nullptr;
  }
  void Close() NOIZY_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    executor_ = nullptr;
  }

 private:
  Mutex mutex_;
  Executor* executor_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::nodeagent
