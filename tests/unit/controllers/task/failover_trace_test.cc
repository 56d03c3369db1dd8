#include "controllers/task/failover_trace.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/task/life.h"

namespace noizy::task_controller {
namespace {

TEST(FailoverTrace, EachStepIsAddedAsItIsSeen) {
  Observed seen = RunningTask();
  seen.node = NodeState::kLost;
  seen.node_heard = seen.now - std::chrono::milliseconds(1300);
  seen.lease_end = seen.now - std::chrono::milliseconds(5);
  const WallTime fenced = seen.now;
  seen = Applied(seen, Decide(seen));
  ASSERT_EQ(seen.state.failovers.size(), 1U);
  EXPECT_EQ(seen.state.failovers[0].fenced, fenced);
  EXPECT_FALSE(Decide(seen).state);

  seen.node = NodeState::kAlive;
  seen.now += std::chrono::milliseconds(20);
  seen.state.phase = Phase::kScheduled;
  seen.state.attempts.push_back(OpenAttempt(2, "n2"));
  seen.state.attempts[1].start_time.reset();
  seen = Applied(seen, Decide(seen));
  EXPECT_EQ(seen.state.failovers[0].bound, seen.now);
  EXPECT_EQ(seen.state.failovers[0].new_node_name, "n2");

  seen.now += std::chrono::milliseconds(30);
  seen.state.phase = Phase::kRunning;
  seen.state.attempts[1].start_time = seen.now;
  const Plan plan = Decide(seen);
  ASSERT_FALSE(plan.events.empty());
  EXPECT_EQ(plan.events.back().reason, "Recovered");
  EXPECT_EQ(plan.events.back().message,
            "Moved from node n1 to node n2 in 1350 ms (lease ended +1295 ms, fenced +1300 ms, "
            "bound +1320 ms, running +1350 ms)");
  seen = Applied(seen, plan);
  EXPECT_EQ(seen.state.failovers[0].duration_ms, 1350);
  EXPECT_FALSE(Decide(seen).state);
}

TEST(FailoverTrace, AReplacementThatNeverRanIsReplaced) {
  Observed seen = RunningTask();
  seen.node = NodeState::kLost;
  seen = Applied(seen, Decide(seen));
  seen.node = NodeState::kAlive;
  seen.state.phase = Phase::kScheduled;
  for (const auto& [number, node] : {std::pair(2, "n2"), std::pair(3, "n3")}) {
    seen.now += std::chrono::seconds(1);
    if (number == 3) seen.state.attempts.back().finish_time = seen.now;
    seen.state.attempts.push_back(OpenAttempt(number, node));
    seen.state.attempts.back().start_time.reset();
    seen = Applied(seen, Decide(seen));
    EXPECT_EQ(seen.state.failovers.back().new_node_name, node);
    EXPECT_EQ(seen.state.failovers.back().bound, seen.now);
  }
  EXPECT_EQ(seen.state.failovers.size(), 1U);
}

TEST(FailoverTrace, OnlyTheLastTenAreKept) {
  Observed seen = RunningTask();
  seen.restart_policy = RestartPolicy::kOnFailure;
  for (int number = 1; number <= 12; ++number) {
    seen.state.phase = Phase::kRunning;
    seen.state.attempts = {OpenAttempt(number)};
    seen.node = NodeState::kLost;
    seen = Applied(seen, Decide(seen));
  }
  ASSERT_EQ(seen.state.failovers.size(), kKeptFailovers);
  EXPECT_EQ(seen.state.failovers.front().attempt, 3);
}

}  // namespace
}  // namespace noizy::task_controller
