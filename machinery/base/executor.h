// Where code runs: controllers, sessions and runners post work to an Executor and start no threads of their own, so the
// whole control plane can also run in one thread under virtual time (FoundationDB's and TigerBeetle's way of testing).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"

namespace noizy {

/// Runs functions one at a time, in the order of their due time and then of posting. Posting is thread-safe.
class Executor {
 public:
  using Function = std::function<void()>;
  /// Names a delayed function; 0 is never one.
  using TimerId = std::uint64_t;

  virtual ~Executor() = default;
  virtual void Post(Function function) = 0;
  virtual TimerId PostAfter(Duration delay, Function function) = 0;
  /// Does nothing when the function has run or is running.
  virtual void Cancel(TimerId timer) = 0;
};

/// One thread, started by the constructor. Destruction stops it; functions that are still waiting are dropped.
class ThreadExecutor final : public Executor {
 public:
  explicit ThreadExecutor(const Clock& clock = RealClock::Instance());
  ~ThreadExecutor() override;
  void Post(Function function) override;
  TimerId PostAfter(Duration delay, Function function) override;
  void Cancel(TimerId timer) override;
  /// Ends the thread after the running function; idempotent. Called from any thread but its own.
  void Stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Runs everything on the calling thread under a FakeClock. Posting is thread-safe; running is for one thread.
class FakeExecutor final : public Executor {
 public:
  explicit FakeExecutor(FakeClock& clock) : clock_(clock) {}
  void Post(Function function) override;
  TimerId PostAfter(Duration delay, Function function) override;
  void Cancel(TimerId timer) override;

  /// Runs all that is due now, including what that posts; returns how many functions ran.
  int RunUntilIdle();
  /// Moves the clock forward by `by`, stopping at each due time on the way to run what is due.
  void Advance(Duration by);

 private:
  using Due = std::pair<MonotonicTime, TimerId>;
  bool RunOne();

  FakeClock& clock_;
  Mutex mutex_;
  TimerId next_id_ NOIZY_GUARDED_BY(mutex_) = 1;
  std::map<Due, Function> waiting_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
