// Mutexes that declare, in their types, what they protect.
//
// clang checks the declarations with -Wthread-safety (the `clang` preset builds with -Werror); other compilers ignore them.
// Write `int hits_ NOIZY_GUARDED_BY(mutex_);` beside every member a mutex protects, and NOIZY_REQUIRES(mutex_) on private
// functions that expect it held. A lock is never held across I/O or a callback.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define NOIZY_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define NOIZY_THREAD_ATTRIBUTE(x)
#endif

#define NOIZY_CAPABILITY(x) NOIZY_THREAD_ATTRIBUTE(capability(x))
#define NOIZY_SCOPED_CAPABILITY NOIZY_THREAD_ATTRIBUTE(scoped_lockable)
#define NOIZY_GUARDED_BY(x) NOIZY_THREAD_ATTRIBUTE(guarded_by(x))
#define NOIZY_REQUIRES(...) NOIZY_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define NOIZY_ACQUIRE(...) NOIZY_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define NOIZY_RELEASE(...) NOIZY_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define NOIZY_EXCLUDES(...) NOIZY_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define NOIZY_NO_THREAD_SAFETY_ANALYSIS NOIZY_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace noizy {

/// A std::mutex that the thread-safety analysis understands.
class NOIZY_CAPABILITY("mutex") Mutex {
 public:
  void Lock() NOIZY_ACQUIRE() { mutex_.lock(); }
  void Unlock() NOIZY_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class NOIZY_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) NOIZY_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() NOIZY_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// A condition variable for Mutex. Waiting may end spuriously: call it in a loop that tests the condition.
class CondVar {
 public:
  void Wait(Mutex& mutex) NOIZY_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  /// False when `timeout` passed first.
  bool WaitFor(Mutex& mutex, std::chrono::nanoseconds timeout) NOIZY_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool notified = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace noizy
