#include "nodeagent/drivers/liveness.h"

#include <gtest/gtest.h>

#include "machinery/os/fd.h"

namespace noizy::nodeagent {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr MonotonicTime kStart{seconds(100)};

ProcessSpec Around() {
  ProcessSpec around;
  around.env = {"PATH=/usr/bin:/bin"};
  return around;
}

/// Asks at `now` and waits for the command's end, on the machine's clock; the probe sees `now`
/// alone.
std::optional<std::string> AskAndAwait(Liveness& liveness, MonotonicTime now) {
  if (auto dead = liveness.Look(now)) return dead;
  while (liveness.fd() >= 0) {
    const std::array fds = {liveness.fd()};
    AwaitReadable(fds, hours(1));
    if (auto dead = liveness.Look(now)) return dead;
  }
  return {};
}

TEST(Liveness, IsAskedAfterTheDelayAndThenOnceAPeriod) {
  Liveness liveness({{"true"}, seconds(5), seconds(10), seconds(1), 1}, Around(), kStart);
  EXPECT_EQ(liveness.due(), kStart + seconds(5));
  EXPECT_FALSE(liveness.Look(kStart + seconds(4)));
  EXPECT_EQ(liveness.fd(), -1);
  EXPECT_FALSE(AskAndAwait(liveness, kStart + seconds(6)));
  EXPECT_EQ(liveness.due(), kStart + seconds(16));
}

TEST(Liveness, FailuresCountInARow) {
  Liveness liveness({{"false"}, seconds(0), seconds(1), seconds(1), 2}, Around(), kStart);
  EXPECT_FALSE(AskAndAwait(liveness, kStart));
  EXPECT_EQ(AskAndAwait(liveness, kStart + seconds(1)).value_or(""),
            "its liveness command failed 2 times in a row, last: exit code 1");
}

TEST(Liveness, WhatWasAskedOfATaskThatStoodStillDoesNotCount) {
  Liveness liveness({{"sleep", "600"}, seconds(0), seconds(3), seconds(1), 1}, Around(), kStart);
  EXPECT_FALSE(liveness.Look(kStart));
  ASSERT_GE(liveness.fd(), 0);
  liveness.Forget(kStart + hours(1));
  EXPECT_EQ(liveness.fd(), -1);
  EXPECT_EQ(liveness.due(), kStart + hours(1) + seconds(3));
  EXPECT_FALSE(liveness.Look(kStart + hours(1)));
}

}  // namespace
}  // namespace noizy::nodeagent
