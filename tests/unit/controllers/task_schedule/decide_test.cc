#include "controllers/task_schedule/decide.h"

#include <gtest/gtest.h>

namespace noizy::task_schedule {
namespace {

using Names = std::vector<std::string>;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kStart = 100 * 86'400;  // a midnight

/// Every quarter of an hour, looked at on time for the first one.
Observed Quarterly() {
  Observed seen;
  seen.created = kStart + 1;
  seen.now = kStart + 15 * kMinute;
  seen.name = "s";
  seen.cron = *Cron::Parse("*/15 * * * *");
  return seen;
}

std::string TaskAt(std::int64_t time) {
  return "s-" + std::to_string(time / 60);
}

TEST(TaskScheduleDecide, MakesATaskWhenItIsDue) {
  Observed seen = Quarterly();
  --seen.now;
  Plan plan = Decide(seen);
  EXPECT_FALSE(plan.create);
  EXPECT_EQ(plan.look_again, kStart + 15 * kMinute);
  ++seen.now;
  plan = Decide(seen);
  EXPECT_EQ(plan.create, TaskAt(seen.now));
  EXPECT_EQ(plan.summary->last_time, seen.now);
  EXPECT_EQ(plan.look_again, kStart + 30 * kMinute);
  seen.summary = *plan.summary;
  EXPECT_FALSE(Decide(seen).create) << "once";
  EXPECT_FALSE(Decide(seen).summary);
}

TEST(TaskScheduleDecide, MakesUpForTheLastMissedTimeOrForNone) {
  Observed seen = Quarterly();
  seen.now = kStart + 100 * kMinute;
  EXPECT_EQ(Decide(seen).create, TaskAt(kStart + 90 * kMinute));
  seen.missed = Missed::kSkip;
  const Plan plan = Decide(seen);
  EXPECT_FALSE(plan.create);
  EXPECT_EQ(plan.skipped, "The run of 1970-04-11T01:30:00Z was skipped: it was missed");
  EXPECT_EQ(plan.summary->last_time, kStart + 90 * kMinute);
}

TEST(TaskScheduleDecide, ADeadlineEndsMakingUp) {
  Observed seen = Quarterly();
  seen.now = kStart + 100 * kMinute;
  seen.starting_deadline = 10 * kMinute;
  EXPECT_TRUE(Decide(seen).create);
  seen.starting_deadline = 10 * kMinute - 1;
  EXPECT_FALSE(Decide(seen).create);
}

TEST(TaskScheduleDecide, YearsOfAbsenceCostLittle) {
  Observed seen = Quarterly();
  seen.cron = *Cron::Parse("* * * * *");
  seen.now = kStart + 20LL * 365 * 86'400;
  EXPECT_EQ(Decide(seen).create, TaskAt(seen.now));
  seen.cron = *Cron::Parse("0 0 1 1 *");
  EXPECT_TRUE(Decide(seen).create);
}

TEST(TaskScheduleDecide, ConcurrencyAsItIsSaid) {
  Observed seen = Quarterly();
  seen.tasks = {{"s-1", State::kActive}};
  EXPECT_TRUE(Decide(seen).create);
  seen.concurrency = Concurrency::kForbid;
  EXPECT_FALSE(Decide(seen).create);
  EXPECT_NE(Decide(seen).skipped, "");
  seen.concurrency = Concurrency::kReplace;
  EXPECT_TRUE(Decide(seen).create);
  EXPECT_EQ(Decide(seen).remove, Names{"s-1"});
}

TEST(TaskScheduleDecide, SuspendedItMakesNothing) {
  Observed seen = Quarterly();
  seen.suspend = true;
  const Plan plan = Decide(seen);
  EXPECT_FALSE(plan.create);
  EXPECT_FALSE(plan.look_again);
}

TEST(TaskScheduleDecide, KeepsAShortHistory) {
  Observed seen = Quarterly();
  seen.suspend = true;
  seen.keep_succeeded = 1;
  seen.keep_failed = 0;
  seen.tasks = {{"s-1", State::kSucceeded},
                {"s-2", State::kFailed},
                {"s-3", State::kSucceeded},
                {"s-4", State::kActive}};
  EXPECT_EQ(Decide(seen).remove, (Names{"s-1", "s-2"}));
}

TEST(TaskScheduleDecide, SaysWhatIsWrong) {
  Observed seen = Quarterly();
  seen.fault = "no such zone";
  const Plan plan = Decide(seen);
  EXPECT_FALSE(plan.create);
  EXPECT_EQ(plan.summary->conditions[0].reason, "InvalidSchedule");
  EXPECT_EQ(plan.summary->conditions[0].message, "no such zone");
}

}  // namespace
}  // namespace noizy::task_schedule
