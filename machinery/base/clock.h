// Time as a parameter: nothing in noizy reads a system clock except through a Clock.
#pragma once

#include <chrono>

#include "machinery/base/mutex.h"

namespace noizy {

using Duration = std::chrono::nanoseconds;
/// Wall-clock time, UTC. For what people and certificates see; never for measuring a span.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;
/// Time since some fixed point, never set back. Counts suspend (CLOCK_BOOTTIME on Linux), so leases end while a laptop sleeps.
struct MonotonicClockTag {
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<MonotonicClockTag, Duration>;
  static constexpr bool is_steady = true;
};
using MonotonicTime = MonotonicClockTag::time_point;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
  virtual MonotonicTime Monotonic() const = 0;
};

/// The machine's clocks.
class RealClock final : public Clock {
 public:
  WallTime Now() const override;
  MonotonicTime Monotonic() const override;
  /// One for the whole process.
  static RealClock& Instance();
};

/// A clock that moves only when told to. Both times advance together; SetWall models somebody changing the date.
class FakeClock final : public Clock {
 public:
  /// Starts at 2026-01-01T00:00:00Z and monotonic 0.
  FakeClock();
  WallTime Now() const override;
  MonotonicTime Monotonic() const override;
  void Advance(Duration by);
  void SetWall(WallTime now);

 private:
  mutable Mutex mutex_;
  WallTime wall_ NOIZY_GUARDED_BY(mutex_);
  MonotonicTime monotonic_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
