#include "controllers/node_lifecycle/decide.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"

namespace noizy::node_lifecycle {
namespace {

constexpr std::int64_t kGi = 1024LL * 1024 * 1024;

Observed Connected() {
  Observed seen;
  seen.now = FakeClock().Now();
  seen.generation = 3;
  seen.has_lease = true;
  return seen;
}

/// "status reason" of a condition after the plan; "" when there is none.
std::string After(const Observed& seen, std::string_view type) {
  const Plan plan = Decide(seen);
  const auto& conditions = plan.conditions ? *plan.conditions : seen.conditions;
  const Condition* found = FindCondition(conditions, type);
  return found == nullptr ? "" : found->status + " " + found->reason;
}

TEST(NodeLifecycleDecide, ReadyFollowsTheLease) {
  Observed seen = Connected();
  EXPECT_EQ(After(seen, "Ready"), "True AgentConnected");
  seen.expired_time = "2026-01-01T00:00:00Z";
  EXPECT_EQ(After(seen, "Ready"), "Unknown LeaseExpired");
  seen.has_lease = false;
  EXPECT_EQ(After(seen, "Ready"), "Unknown NeverConnected");
}

TEST(NodeLifecycleDecide, ConditionsAreCompleteAndStable) {
  Observed seen = Connected();
  const Plan first = Decide(seen);
  ASSERT_TRUE(first.conditions);
  for (const Condition& condition : *first.conditions) {
    EXPECT_FALSE(condition.reason.empty());
    EXPECT_EQ(condition.observed_generation, 3);
    EXPECT_EQ(condition.last_transition_time, "2026-01-01T00:00:00Z");
  }
  seen.conditions = *first.conditions;
  seen.now += std::chrono::hours(1);
  const Plan second = Decide(seen);
  EXPECT_FALSE(second.conditions);
  EXPECT_TRUE(second.events.empty());
}

TEST(NodeLifecycleDecide, EventsTellOfChangesOnly) {
  Observed seen = Connected();
  Plan plan = Decide(seen);
  EXPECT_EQ(plan.events,
            (std::vector<Note>{
                {false, "NodeReady", "The node's agent is connected and holds its lease"}}));
  seen.conditions = *plan.conditions;
  seen.expired_time = "2026-01-01T00:00:04Z";
  plan = Decide(seen);
  EXPECT_EQ(plan.events,
            (std::vector<Note>{
                {true, "NodeNotReady",
                 "The node's agent went silent; its lease expired at 2026-01-01T00:00:04Z"}}));
  Observed fresh;
  EXPECT_TRUE(Decide(fresh).events.empty()) << "a node that never was ready did not stop to be";
}

TEST(NodeLifecycleDecide, ANodeThatSaidItWouldSleepIsAsleepAndNotLost) {
  Observed seen = Connected();
  seen.conditions = *Decide(seen).conditions;
  seen.asleep_time = "2026-01-01T00:00:01Z";
  const Plan plan = Decide(seen);
  EXPECT_EQ(After(seen, "Ready"), "Unknown Asleep");
  EXPECT_EQ(plan.events,
            (std::vector<Note>{
                {false, "NodeAsleep",
                 "The machine was suspended at 2026-01-01T00:00:01Z, as its agent told"}}));
  seen.conditions = *plan.conditions;
  seen.expired_time = "2026-01-01T00:00:05Z";
  EXPECT_FALSE(Decide(seen).conditions) << "the lease's end is no news of it";
  seen.asleep_time = seen.expired_time = "";
  EXPECT_EQ(After(seen, "Ready"), "True AgentConnected");
}

TEST(NodeLifecycleDecide, AControlPlaneThatIsCutOffDoesNotKnow) {
  Observed seen = Connected();
  seen.held_since = "2026-01-01T00:00:01Z";
  EXPECT_EQ(After(seen, "Ready"), "Unknown ControlPlaneCutOff");
}

TEST(NodeLifecycleDecide, AMachineThatSleptSaysSo) {
  Observed seen = Connected();
  seen.slept = std::chrono::hours(3);
  EXPECT_EQ(Decide(seen).events.at(0).message,
            "The node's agent is connected and holds its lease; before that, its machine slept for "
            "3h");
}

TEST(NodeLifecycleDecide, OtherConditionsStay) {
  Observed seen = Connected();
  seen.conditions = {{"CertificateValid", "True", "Issued", "", "2026-01-01T00:00:00Z", 1}};
  EXPECT_EQ(After(seen, "CertificateValid"), "True Issued");
}

struct PressureCase {
  std::string_view before;  // "" for none
  double used_share;
  std::string_view after;
};

class NodePressure : public ::testing::TestWithParam<PressureCase> {};

TEST_P(NodePressure, HasHysteresis) {
  const PressureCase& param = GetParam();
  Observed seen = Connected();
  seen.memory_capacity = 100 * kGi;
  seen.memory_used = static_cast<std::int64_t>(param.used_share * 100 * kGi);
  seen.disk_capacity = 100 * kGi;
  seen.disk_free = 100 * kGi - *seen.memory_used;
  if (!param.before.empty()) {
    seen.conditions = {{"MemoryPressure", std::string(param.before), "Before", "", "t", 3},
                       {"DiskPressure", std::string(param.before), "Before", "", "t", 3}};
  }
  EXPECT_EQ(After(seen, "MemoryPressure").substr(0, param.after.size()), param.after);
  EXPECT_EQ(After(seen, "DiskPressure").substr(0, param.after.size()), param.after);
}

INSTANTIATE_TEST_SUITE_P(
    Shares, NodePressure,
    ::testing::Values(PressureCase{"", 0.5, "False"}, PressureCase{"", 0.94, "False"},
                      PressureCase{"", 0.96, "True"}, PressureCase{"False", 0.94, "False"},
                      PressureCase{"True", 0.94, "True"}, PressureCase{"True", 0.89, "False"},
                      PressureCase{"Unknown", 0.5, "False"}));

TEST(NodeLifecycleDecide, PressureIsUnknownWhileTheNodeIsSilent) {
  Observed seen = Connected();
  seen.memory_capacity = kGi;
  seen.memory_used = kGi / 2;
  seen.conditions = *Decide(seen).conditions;
  seen.expired_time = "2026-01-01T00:00:04Z";
  EXPECT_EQ(After(seen, "MemoryPressure"), "Unknown NodeSilent");
  EXPECT_EQ(After(seen, "DiskPressure"), "") << "what was never measured is not there";
}

TEST(NodeLifecycleDecide, UnmeasuredPressureIsNotThere) {
  Observed seen = Connected();
  seen.memory_used = kGi;  // without a capacity
  EXPECT_EQ(After(seen, "MemoryPressure"), "");
  seen.memory_capacity = 0;
  EXPECT_EQ(After(seen, "MemoryPressure"), "");
}

}  // namespace
}  // namespace noizy::node_lifecycle
