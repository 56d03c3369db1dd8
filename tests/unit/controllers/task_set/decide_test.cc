#include "controllers/task_set/decide.h"

#include <gtest/gtest.h>

namespace noizy::task_set {
namespace {

using Indexes = std::vector<std::int64_t>;

Observed SetOf(std::int64_t completions, std::int64_t parallelism) {
  Observed seen;
  seen.now = FakeClock().Now();
  seen.completions = completions;
  seen.parallelism = parallelism;
  return seen;
}

TEST(TaskSetDecide, MakesAsManyAsMayRunAtOnce) {
  Observed seen = SetOf(5, 2);
  EXPECT_EQ(Decide(seen).create, (Indexes{0, 1}));
  seen.members = {{0, {State::kSucceeded}}, {1, {}}};
  const Plan plan = Decide(seen);
  EXPECT_EQ(plan.create, Indexes{2});
  EXPECT_EQ(plan.summary->active, 1);
  EXPECT_EQ(plan.summary->succeeded, 1);
  seen.summary = *plan.summary;
  seen.members[2] = {};
  seen.summary.active = 2;
  EXPECT_TRUE(Decide(seen).create.empty());
  EXPECT_FALSE(Decide(seen).summary) << "a second run changes nothing";
}

TEST(TaskSetDecide, AGangIsMadeAtOnce) {
  Observed seen = SetOf(5, 2);
  seen.gang = true;
  EXPECT_EQ(Decide(seen).create.size(), 5U);
}

TEST(TaskSetDecide, ManyAreMadeInSeveralPasses) {
  const Plan plan = Decide(SetOf(1000, 1000));
  EXPECT_EQ(plan.create.size(), kCreationsPerPass);
  EXPECT_TRUE(plan.more);
}

TEST(TaskSetDecide, IsCompleteWhenEveryIndexEnded) {
  Observed seen = SetOf(3, 3);
  seen.max_failed_indexes = 1;
  seen.members = {{0, {State::kSucceeded}}, {1, {State::kFailed}}, {2, {}}};
  EXPECT_FALSE(Decide(seen).summary->completion_time);
  seen.members[2].state = State::kSucceeded;
  const Plan plan = Decide(seen);
  EXPECT_TRUE(IsConditionTrue(plan.summary->conditions, "Complete"));
  EXPECT_EQ(plan.summary->conditions[0].message, "2 of 3 Tasks succeeded");
  EXPECT_EQ(plan.summary->completion_time, seen.now);
  seen.summary = *plan.summary;
  EXPECT_FALSE(Decide(seen).summary);
}

TEST(TaskSetDecide, FailsAndCancelsTheRestWhenTooManyFailed) {
  Observed seen = SetOf(4, 4);
  seen.members = {{0, {State::kSucceeded}}, {1, {State::kFailed}}, {2, {}}, {3, {}}};
  seen.members[3].being_deleted = true;
  const Plan plan = Decide(seen);
  EXPECT_TRUE(IsConditionTrue(plan.summary->conditions, "Failed"));
  EXPECT_EQ(plan.summary->conditions[0].message, "Failed for good: 1");
  EXPECT_EQ(plan.cancel, Indexes{2});
  EXPECT_TRUE(plan.create.empty());
}

TEST(TaskSetDecide, SuspendHoldsBackAndIsLifted) {
  Observed seen = SetOf(3, 3);
  seen.suspend = true;
  seen.members = {{0, {}}, {1, {State::kSucceeded}}};
  Plan plan = Decide(seen);
  EXPECT_TRUE(plan.create.empty());
  EXPECT_EQ(plan.suspend, Indexes{0});
  seen.suspend = false;
  seen.members[0].suspended = true;
  plan = Decide(seen);
  EXPECT_EQ(plan.suspend, Indexes{0});
  EXPECT_EQ(plan.create, Indexes{2});
}

TEST(TaskSetDecide, GoesSomeTimeAfterItsEnd) {
  Observed seen = SetOf(1, 1);
  seen.ttl = std::chrono::seconds(10);
  seen.members = {{0, {State::kSucceeded}}};
  const Plan plan = Decide(seen);
  EXPECT_FALSE(plan.remove);
  EXPECT_EQ(plan.look_again, seen.now + std::chrono::seconds(10));
  seen.summary = *plan.summary;
  seen.now = *plan.look_again;
  EXPECT_TRUE(Decide(seen).remove);
}

TEST(TaskSetDecide, LeavesAloneWhatIsBeingDeleted) {
  Observed seen = SetOf(3, 3);
  seen.being_deleted = true;
  EXPECT_TRUE(Decide(seen).create.empty());
}

TEST(RangesOf, JoinsNeighbours) {
  EXPECT_EQ(RangesOf({}), "");
  EXPECT_EQ(RangesOf({1}), "1");
  EXPECT_EQ(RangesOf({1, 3, 4, 5, 9}), "1,3-5,9");
}

}  // namespace
}  // namespace noizy::task_set
