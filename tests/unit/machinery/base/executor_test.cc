#include "machinery/base/executor.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>

namespace noizy {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FakeExecutorTest, RunsInOrderOfDueTimeThenOfPosting) {
  FakeClock clock;
  FakeExecutor executor(clock);
  std::string order;
  executor.PostAfter(seconds(2), [&] { order += "c"; });
  executor.PostAfter(seconds(1), [&] { order += "b"; });
  executor.Post([&] { order += "a"; });
  executor.Post([&] { order += "A"; });
  EXPECT_EQ(executor.RunUntilIdle(), 2);
  EXPECT_EQ(order, "aA");
  executor.Advance(seconds(3));
  EXPECT_EQ(order, "aAbc");
}

TEST(FakeExecutorTest, EachTimerSeesItsOwnTime) {
  FakeClock clock;
  FakeExecutor executor(clock);
  MonotonicTime first{};
  MonotonicTime second{};
  executor.PostAfter(seconds(1), [&] {
    first = clock.Monotonic();
    executor.PostAfter(seconds(1), [&] { second = clock.Monotonic(); });
  });
  executor.Advance(seconds(5));
  EXPECT_EQ(first, MonotonicTime(seconds(1)));
  EXPECT_EQ(second, MonotonicTime(seconds(2)));
  EXPECT_EQ(clock.Monotonic(), MonotonicTime(seconds(5)));
}

TEST(FakeExecutorTest, CancelledTimersDoNotRun) {
  FakeClock clock;
  FakeExecutor executor(clock);
  const Executor::TimerId timer = executor.PostAfter(seconds(1), [] { FAIL(); });
  executor.Cancel(timer);
  executor.Cancel(0);
  executor.Advance(seconds(2));
}

TEST(ThreadExecutorTest, RunsOnOneOtherThread) {
  ThreadExecutor executor;
  std::promise<std::thread::id> first;
  std::promise<std::thread::id> second;
  executor.Post([&] { first.set_value(std::this_thread::get_id()); });
  executor.PostAfter(milliseconds(1), [&] { second.set_value(std::this_thread::get_id()); });
  const std::thread::id id = first.get_future().get();
  EXPECT_NE(id, std::this_thread::get_id());
  EXPECT_EQ(second.get_future().get(), id);
}

TEST(ThreadExecutorTest, StopDropsWhatWaits) {
  auto executor = std::make_unique<ThreadExecutor>();
  executor->PostAfter(hours(1), [] { FAIL(); });
  const Executor::TimerId timer = executor->PostAfter(hours(1), [] { FAIL(); });
  executor->Cancel(timer);
  executor->Stop();
  executor->Post([] { FAIL(); });
  executor.reset();
}

TEST(ClockTest, TheFakeOneMovesWhenTold) {
  FakeClock clock;
  const WallTime wall = clock.Now();
  clock.Advance(seconds(3));
  EXPECT_EQ(clock.Now() - wall, seconds(3));
  EXPECT_EQ(clock.Monotonic(), MonotonicTime(seconds(3)));
  clock.SetWall(wall - hours(24 * 365 * 2));
  EXPECT_EQ(clock.Monotonic(), MonotonicTime(seconds(3))) << "a changed date is no passed time";
}

TEST(ClockTest, TheRealOneGoesForward) {
  const MonotonicTime before = RealClock::Instance().Monotonic();
  EXPECT_LE(before, RealClock::Instance().Monotonic());
  EXPECT_GT(RealClock::Instance().Now(),
            WallTime(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1)));
}

}  // namespace
}  // namespace noizy
