#include "machinery/base/clock.h"

#include <ctime>

namespace noizy {

WallTime RealClock::Now() const { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

MonotonicTime RealClock::Monotonic() const {
#ifdef CLOCK_BOOTTIME
  constexpr clockid_t kClock = CLOCK_BOOTTIME;
#else
  constexpr clockid_t kClock = CLOCK_MONOTONIC;  // macOS: CLOCK_MONOTONIC counts sleep
#endif
  timespec now{};
  clock_gettime(kClock, &now);
  return MonotonicTime(std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec));
}

RealClock& RealClock::Instance() {
  static RealClock clock;
  return clock;
}

FakeClock::FakeClock() : wall_(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) {}

WallTime FakeClock::Now() const {
  MutexLock lock(mutex_);
  return wall_;
}

MonotonicTime FakeClock::Monotonic() const {
  MutexLock lock(mutex_);
  return monotonic_;
}

void FakeClock::Advance(Duration by) {
  MutexLock lock(mutex_);
  wall_ += by;
  monotonic_ += by;
}

void FakeClock::SetWall(WallTime now) {
  MutexLock lock(mutex_);
  wall_ = now;
}

}  // namespace noizy
