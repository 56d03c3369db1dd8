#include "controllers/scheduler/binding.h"

#include <gtest/gtest.h>

namespace noizy::scheduler {
namespace {

Task RetriedTask() {
  Task task;
  task.metadata.generation = 4;
  task.status.phase = "Pending";
  task.status.attempt = 1;
  task.status.attempts.resize(1);
  task.status.attempts[0].number = 1;
  task.status.next_attempt_time = "2026-01-01T00:00:00Z";
  task.status.conditions = {{"Scheduled", "False", "Retrying", "", "2025-12-31T00:00:00Z", 4}};
  return task;
}

TEST(Bound, AssignsTheNodeAndRaisesTheNumberInOneWrite) {
  const Binding binding{{"default", "t"},
                        "n1",
                        {{"n1", 99.123}, {"n2", 45.006}},
                        "the least loaded of 2 nodes that can run it"};
  const TaskStatus next = Bound(RetriedTask(), binding, FakeClock().Now(), 3);
  EXPECT_EQ(next.phase, "Scheduled");
  EXPECT_EQ(next.node_name, "n1");
  EXPECT_EQ(next.attempt, 2);
  ASSERT_EQ(next.attempts.size(), 2U);
  EXPECT_EQ(next.attempts[1].number, 2);
  EXPECT_EQ(next.attempts[1].node_name, "n1");
  EXPECT_EQ(next.next_attempt_time, "");
  EXPECT_EQ(next.observed_generation, 4);
  EXPECT_EQ(next.conditions,
            (std::vector<Condition>{{"Scheduled", "True", "Bound", "Attempt 2 was bound to node n1",
                                     "2026-01-01T00:00:00Z", 4}}));
  ASSERT_TRUE(next.routing);
  EXPECT_EQ(next.routing->strategy, "LeastLoaded");
  EXPECT_EQ(next.routing->decided_by, "scheduler");
  EXPECT_EQ(next.routing->latency_ms, 3);
  EXPECT_EQ(next.routing->candidates,
            (std::vector<TaskRoutingCandidate>{{"n1", 99.12}, {"n2", 45.01}}));
  EXPECT_EQ(next.routing->reason, binding.reason);
}

TEST(Waiting, SaysWhyAndOnlyOnce) {
  Task task = RetriedTask();
  const std::string message = "0/1 nodes are available: 1 node(s) were not ready.";
  const TaskStatus next = Waiting(task, message, FakeClock().Now());
  EXPECT_EQ(next.phase, "Pending");
  EXPECT_EQ(next.reason, "Unschedulable");
  EXPECT_EQ(next.message, message);
  EXPECT_EQ(next.conditions[0].reason, "Unschedulable");
  EXPECT_EQ(next.conditions[0].message, message);
  EXPECT_EQ(next.conditions[0].last_transition_time, "2025-12-31T00:00:00Z")
      << "it was False before";
  task.status = next;
  EXPECT_EQ(Waiting(task, message, FakeClock().Now() + std::chrono::hours(1)), next);
}

}  // namespace
}  // namespace noizy::scheduler
