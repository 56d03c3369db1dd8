#include <gtest/gtest.h>

#include "machinery/os/suspend.h"

namespace noizy {
namespace {

TEST(TimeSuspended, StandsStillWhileTheMachineIsAwake) {
  const Duration before = TimeSuspended();
  EXPECT_GE(before, Duration(-1'000'000));
  const MonotonicTime start = RealClock::Instance().Monotonic();
  while (RealClock::Instance().Monotonic() - start < std::chrono::milliseconds(20)) {
  }
  EXPECT_LT(TimeSuspended() - before, std::chrono::milliseconds(15));
}

}  // namespace
}  // namespace noizy
