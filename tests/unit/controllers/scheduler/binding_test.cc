#include "controllers/scheduler/binding.h"

#include <gtest/gtest.h>

#include "machinery/meta/condition.h"

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

TEST(Bound, LeavesOutTheNumbersThatARestoredGridMayHaveGiven) {
  Task task = RetriedTask();
  task.status.next_attempt = 1'000'001;
  task.status = Bound(task, {}, FakeClock().Now(), 0);
  EXPECT_EQ(task.status.attempt, 1'000'001);
  EXPECT_EQ(Bound(task, {}, FakeClock().Now(), 0).attempt, 1'000'002);
}

TEST(Bound, AssignsTheNodeAndRaisesTheNumberInOneWrite) {
  scheduling::Binding binding;
  binding.task = {"default", "t"};
  binding.node = "n1";
  binding.candidates = {{"n1", 99.1234, 1.50001}, {"n2", 45.006, {}}};
  binding.policy = "p";
  binding.strategy = "LeastLoaded";
  binding.fallback = true;
  binding.reason = "the least loaded of 2 nodes that can run it";
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
  EXPECT_EQ(next.routing->decided_by, "LeastLoaded");
  EXPECT_EQ(next.routing->policy, "p");
  EXPECT_TRUE(next.routing->fallback);
  EXPECT_EQ(next.routing->latency_ms, 3);
  EXPECT_EQ(next.routing->candidates,
            (std::vector<TaskRoutingCandidate>{{"n1", 99.123, 1.5}, {"n2", 45.006, {}}}));
  EXPECT_EQ(next.routing->reason, binding.reason);
}

TEST(Bound, KeepsTheDecisionBeforeItWithItsAttempt) {
  Task task = RetriedTask();
  task.status.routing.emplace().reason = "the first";
  task.status = Bound(task, {}, FakeClock().Now(), 0);
  ASSERT_TRUE(task.status.attempts[0].routing);
  EXPECT_EQ(task.status.attempts[0].routing->reason, "the first");
  EXPECT_FALSE(task.status.attempts[1].routing);
  for (std::size_t i = 0; i < kExplainedAttempts; ++i)
    task.status = Bound(task, {}, FakeClock().Now(), 0);
  EXPECT_FALSE(task.status.attempts[0].routing) << "the oldest is let go of";
  EXPECT_TRUE(task.status.attempts[1].routing);
}

TEST(Preempted, AsksTheTaskToLeave) {
  Task task = RetriedTask();
  task.status.phase = "Running";
  const TaskStatus next = Preempted(task, "for another", FakeClock().Now());
  EXPECT_EQ(next.phase, "Running");
  EXPECT_EQ(FindCondition(next.conditions, "DisruptionTarget")->reason, "Preempted");
  EXPECT_TRUE(IsConditionTrue(next.conditions, "DisruptionTarget"));
}

TEST(WithLateRecord, IsKeptOnceWhileTheTaskIsOpen) {
  Task task;
  task.status.phase = "Running";
  RoutingRecord record;
  record.outcome = "Recorded";
  EXPECT_EQ(WithLateRecord(task, record), task.status) << "nobody decided yet";
  task.status.routing.emplace().strategy = "LeastLoaded";
  EXPECT_EQ(WithLateRecord(task, record).routing->record->outcome, "Recorded");
  record.outcome = "Followed";
  EXPECT_EQ(WithLateRecord(task, record).routing->record->outcome, "Late");
  Task told = task;
  told.status.routing->record = record;
  EXPECT_EQ(WithLateRecord(told, record), told.status);
  Task ended = task;
  ended.status.phase = "Succeeded";
  EXPECT_EQ(WithLateRecord(ended, record), ended.status);
}

TEST(Waiting, SaysWhyAndOnlyOnce) {
  Task task = RetriedTask();
  const std::string message = "0/1 nodes are available: 1 node(s) were not ready.";
  const TaskStatus next = Waiting(task, "Unschedulable", message, FakeClock().Now());
  EXPECT_EQ(next.phase, "Pending");
  EXPECT_EQ(next.reason, "Unschedulable");
  EXPECT_EQ(next.message, message);
  EXPECT_EQ(next.conditions[0].reason, "Unschedulable");
  EXPECT_EQ(next.conditions[0].message, message);
  EXPECT_EQ(next.conditions[0].last_transition_time, "2025-12-31T00:00:00Z")
      << "it was False before";
  task.status = next;
  EXPECT_EQ(Waiting(task, "Unschedulable", message, FakeClock().Now() + std::chrono::hours(1)),
            next);
}

}  // namespace
}  // namespace noizy::scheduler
