#include "controllers/task/decide.h"

#include <gtest/gtest.h>

#include "controllers/task/attempt_end.h"
#include "tests/unit/controllers/task/life.h"

namespace noizy::task_controller {
namespace {

using std::chrono::seconds;
using Names = std::vector<std::string>;

TEST(Phase, HasTheApisNames) {
  for (const Phase phase : {Phase::kPending, Phase::kScheduled, Phase::kRunning, Phase::kSucceeded,
                            Phase::kFailed, Phase::kCancelled}) {
    EXPECT_EQ(PhaseFrom(NameOf(phase)), phase);
  }
  EXPECT_EQ(NameOf(Phase::kCancelled), "Cancelled");
  EXPECT_EQ(PhaseFrom(""), Phase::kPending);
  EXPECT_FALSE(IsFinished(Phase::kRunning));
  EXPECT_TRUE(IsFinished(Phase::kCancelled));
}

// Waiting.

TEST(WhilePending, ANewTaskIsTheSchedulers) {
  const Plan plan = Decide(NewTask());
  EXPECT_FALSE(plan.state) << "each write costs a commit; the scheduler's says more";
  EXPECT_TRUE(plan.events.empty());
}

TEST(WhilePending, TheSchedulersWordStays) {
  Observed seen = NewTask();
  seen.state.conditions = {
      {"Scheduled", "False", "Unschedulable", "0/1 nodes are available", "t", 2}};
  EXPECT_FALSE(Decide(seen).state);
}

TEST(WhilePending, SuspendHolds) {
  Observed seen = NewTask();
  seen.suspend = true;
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(ConditionOf(*plan.state, "Scheduled"), "False Suspended");
  EXPECT_EQ(ConditionOf(*plan.state, "Started"), "");
  EXPECT_EQ(plan.state->conditions[0].observed_generation, 2);
  seen = Applied(seen, plan);
  EXPECT_FALSE(Decide(seen).state);
  seen.suspend = false;
  EXPECT_FALSE(Decide(seen).state) << "what comes next is the scheduler's to say";
}

TEST(WhilePending, SuspendKeepsABackoff) {
  Observed seen = Applied(EndedTask("Error"), {});
  seen.retry_limit = 1;
  seen = Applied(seen, Decide(seen));
  const auto until = seen.state.next_attempt_time;
  ASSERT_TRUE(until);
  seen.suspend = true;
  seen = Applied(seen, Decide(seen));
  EXPECT_EQ(seen.state.next_attempt_time, until);
}

struct DependencyCase {
  std::string name;
  std::vector<Dependency> dependencies;
  Phase phase;
  std::string scheduled;
  std::string message;
};
class Dependencies : public ::testing::TestWithParam<DependencyCase> {};

TEST_P(Dependencies, Decide) {
  Observed seen = NewTask();
  seen.dependencies = GetParam().dependencies;
  const Plan plan = Decide(seen);
  ASSERT_EQ(plan.state.has_value(), !GetParam().scheduled.empty());
  if (!plan.state) return;
  EXPECT_EQ(plan.state->phase, GetParam().phase);
  EXPECT_EQ(ConditionOf(*plan.state, "Scheduled"), GetParam().scheduled);
  EXPECT_EQ(plan.state->message, GetParam().message);
  EXPECT_EQ(ConditionOf(*plan.state, "Failed"),
            GetParam().phase == Phase::kFailed ? "True DependencyFailed" : "");
  EXPECT_EQ(plan.state->completion_time.has_value(), GetParam().phase == Phase::kFailed);
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

TEST(WhilePending, ACircleOfDependenciesFails) {
  Observed seen = NewTask();
  seen.dependencies = {{"b", Dependency::State::kUnfinished}};
  seen.cycle = {"a", "b"};
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kFailed);
  EXPECT_EQ(ConditionOf(*plan.state, "Failed"), "True DependencyCycle");
  EXPECT_EQ(plan.state->message,
            "spec.dependsOn leads back to this Task (a -> b -> a); leave one of these dependencies "
            "out");
}

using State = Dependency::State;
const std::vector<DependencyCase> kDependencyCases = {
    {"AllSucceeded", {{"a", State::kSucceeded}}, Phase::kPending, "", ""},
    {"OneUnfinished",
     {{"a", State::kSucceeded}, {"b", State::kUnfinished}},
     Phase::kPending,
     "False WaitingForDependencies",
     "Waiting for b"},
    {"OneMissing",
     {{"a", State::kMissing}, {"b", State::kUnfinished}},
     Phase::kPending,
     "False WaitingForDependencies",
     "Waiting for a (not found), b"},
    {"OneFailed",
     {{"a", State::kUnfinished}, {"b", State::kFailed}},
     Phase::kFailed,
     "False DependencyFailed",
     "Task b failed, on which this one depends"},
    {"OneCancelled",
     {{"a", State::kCancelled}},
     Phase::kFailed,
     "False DependencyFailed",
     "Task a was cancelled, on which this one depends"},
};
INSTANTIATE_TEST_SUITE_P(Cases, Dependencies, ::testing::ValuesIn(kDependencyCases),
                         [](const auto& info) { return info.param.name; });

TEST(Dependencies, CountBeforeTheFirstAttemptOnly) {
  Observed seen = EndedTask("Error");
  seen.retry_limit = 3;
  seen.dependencies = {{"a", State::kMissing}};  // removed after its end, say
  seen = Applied(seen, Decide(seen));
  EXPECT_EQ(seen.state.phase, Phase::kPending);
  EXPECT_FALSE(Decide(seen).state);
}

// Running.

TEST(WhileOpen, ARunningTaskIsLeftAlone) {
  const Plan plan = Decide(RunningTask());
  EXPECT_FALSE(plan.state);
  EXPECT_FALSE(plan.look_again);
  EXPECT_TRUE(plan.events.empty());
}

TEST(WhileOpen, ProgressIsToldOnceAndOnlyWhenSeen) {
  Observed seen = RunningTask();
  seen.phase_before = Phase::kScheduled;
  EXPECT_EQ(Told(Decide(seen)), Names{"Started"});
  seen.phase_before = Phase::kRunning;
  EXPECT_EQ(Told(Decide(seen)), Names{});
  seen.state.phase = Phase::kSucceeded;
  EXPECT_EQ(Told(Decide(seen)), Names{"Completed"});
  seen.phase_before.reset();
  EXPECT_EQ(Told(Decide(seen)), Names{})
      << "a controller that starts anew does not tell old stories";
}

struct LostNodeCase {
  std::string name;
  Failover failover;
  NodeState node;
  Phase phase;
  std::string started;
};
class LostNodes : public ::testing::TestWithParam<LostNodeCase> {};

TEST_P(LostNodes, Decide) {
  Observed seen = RunningTask();
  seen.failover = GetParam().failover;
  seen.node = GetParam().node;
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, GetParam().phase);
  EXPECT_EQ(ConditionOf(*plan.state, "Started"), GetParam().started);
  const bool moved = GetParam().phase == Phase::kPending;
  EXPECT_EQ(plan.state->attempts[0].ended(), moved);
  EXPECT_EQ(plan.state->attempts[0].reason, moved ? "NodeLost" : "");
  EXPECT_EQ(plan.state->node_name, moved ? "" : "n1");
  EXPECT_EQ(Told(plan), moved ? Names{"FailedOver"} : Names{});
  EXPECT_FALSE(plan.state->next_attempt_time)
      << "a node's loss is no fault of the Task: no back-off";
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

const std::vector<LostNodeCase> kLostNodeCases = {
    {"AtLeastOnceLost", Failover::kAtLeastOnce, NodeState::kLost, Phase::kPending,
     "False NodeLost"},
    {"AtLeastOnceGone", Failover::kAtLeastOnce, NodeState::kGone, Phase::kPending,
     "False NodeLost"},
    {"AtMostOnceLost", Failover::kAtMostOnce, NodeState::kLost, Phase::kPending, "False NodeLost"},
    {"AtMostOnceGone", Failover::kAtMostOnce, NodeState::kGone, Phase::kRunning,
     "Unknown NodeLost"},
    {"PinnedLost", Failover::kPinned, NodeState::kLost, Phase::kRunning, "Unknown NodeLost"},
    {"PinnedGone", Failover::kPinned, NodeState::kGone, Phase::kRunning, "Unknown NodeLost"},
};
INSTANTIATE_TEST_SUITE_P(Cases, LostNodes, ::testing::ValuesIn(kLostNodeCases),
                         [](const auto& info) { return info.param.name; });

TEST(WhileOpen, AtMostOnceWaitsALeaseAfterItsNodeWasDeleted) {
  Observed seen = RunningTask();
  seen.failover = Failover::kAtMostOnce;
  seen.node = NodeState::kGone;
  const WallTime due = seen.now + kLongestLease + seconds(1);
  Plan plan = Decide(seen);
  EXPECT_EQ(plan.look_again, due);
  seen = Applied(seen, plan);
  seen.now = due - Duration(1);
  EXPECT_FALSE(Decide(seen).state);
  EXPECT_EQ(Decide(seen).look_again, due);
  seen.now = due;
  plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kPending);
}

TEST(WhileOpen, AWaitingTaskRunsOnWhenItsNodeComesBack) {
  Observed seen = RunningTask();
  seen.failover = Failover::kPinned;
  seen.node = NodeState::kLost;
  seen = Applied(seen, Decide(seen));
  seen.node = NodeState::kAlive;
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(ConditionOf(*plan.state, "Started"), "True Started");
  EXPECT_EQ(plan.state->attempts, RunningTask().state.attempts);
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

TEST(WhileOpen, ABoundAttemptOnALostNodeFailsOverBeforeItsStart) {
  Observed seen = RunningTask();
  seen.state.phase = Phase::kScheduled;
  seen.state.attempts[0].start_time.reset();
  seen.node = NodeState::kLost;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kPending);
}

TEST(Timeout, IsTheAgentsFirst) {
  Observed seen = RunningTask();
  seen.timeout = seconds(120);
  const WallTime due = Start() + seconds(120) + seconds(10) + kReportMargin;
  Plan plan = Decide(seen);
  EXPECT_FALSE(plan.state);
  EXPECT_EQ(plan.look_again, due);
  seen.now = due - seconds(1);
  EXPECT_FALSE(Decide(seen).state);
  seen.now = due;
  plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kFailed);
  EXPECT_EQ(ConditionOf(*plan.state, "Failed"), "True TimedOut");
  EXPECT_EQ(plan.state->attempts[0].finish_time, due);
}

TEST(Timeout, UsesUpARetry) {
  Observed seen = RunningTask();
  seen.timeout = seconds(1);
  seen.now = Start() + std::chrono::hours(1);
  seen.retry_limit = 1;
  const Plan plan = Decide(seen);
  EXPECT_EQ(plan.state->phase, Phase::kPending);
  EXPECT_EQ(Told(plan), Names{"Retrying"});
}

TEST(Timeout, NeverEndsAnAtMostOnceAttemptThatMayStillRun) {
  Observed seen = RunningTask();
  seen.timeout = seconds(1);
  seen.now = Start() + std::chrono::hours(1);
  seen.failover = Failover::kAtMostOnce;
  EXPECT_FALSE(Decide(seen).state);
}

// Being deleted.

TEST(WhenDeleted, ATaskThatNeverRanIsCancelledAndThenLetGo) {
  Observed seen = NewTask();
  seen.being_deleted = true;
  Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kCancelled);
  EXPECT_EQ(ConditionOf(*plan.state, "Complete"), "False Cancelled");
  EXPECT_EQ(Told(plan), Names{"Cancelled"});
  EXPECT_EQ(plan.object, Plan::Object::kKeep) << "one step at a time";
  plan = Decide(Applied(seen, plan));
  EXPECT_FALSE(plan.state);
  EXPECT_EQ(plan.object, Plan::Object::kRemoveFinalizer);
  seen = Applied(seen, Decide(seen));
  seen.has_finalizer = false;
  EXPECT_EQ(Decide(seen).object, Plan::Object::kKeep);
}

TEST(WhenDeleted, ARunningAttemptIsTheAgentsToStop) {
  Observed seen = RunningTask();
  seen.being_deleted = true;
  EXPECT_FALSE(Decide(seen).state);
  seen.state.attempts[0] = Ended(1, "Cancelled", 143);
  const Plan plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kCancelled);
  EXPECT_EQ(plan.state->exit_code, 143);
}

TEST(WhenDeleted, ALostNodeHoldsUpOnlyWhatMayStillRunOnce) {
  Observed seen = RunningTask();
  seen.being_deleted = true;
  seen.node = NodeState::kLost;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kCancelled);
  seen.failover = Failover::kAtMostOnce;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kCancelled);
  seen.node = NodeState::kGone;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kRunning);
  seen.failover = Failover::kPinned;
  EXPECT_EQ(Decide(seen).state->phase, Phase::kCancelled);
  seen.node = NodeState::kLost;
  EXPECT_FALSE(Decide(seen).state);
}

// Finished.

TEST(WhenFinished, NothingChangesAnyMore) {
  for (const Phase phase : {Phase::kSucceeded, Phase::kFailed, Phase::kCancelled}) {
    Observed seen = RunningTask();
    seen.state.phase = phase;
    seen.node = NodeState::kLost;
    seen.suspend = true;
    seen.dependencies = {{"a", State::kFailed}};
    const Plan plan = Decide(seen);
    EXPECT_FALSE(plan.state);
    EXPECT_EQ(plan.object, Plan::Object::kKeep);
  }
}

TEST(WhenFinished, TheTimeToLiveEndsInDeletion) {
  Observed seen = EndedTask("Completed", 0);
  seen.state.phase = Phase::kSucceeded;
  seen.state.completion_time = Start();
  seen.ttl = seconds(61);
  Plan plan = Decide(seen);
  EXPECT_EQ(plan.object, Plan::Object::kKeep);
  EXPECT_EQ(plan.look_again, Start() + seconds(61));
  seen.now += seconds(1);
  EXPECT_EQ(Decide(seen).object, Plan::Object::kDelete);
  seen.being_deleted = true;
  EXPECT_EQ(Decide(seen).object, Plan::Object::kRemoveFinalizer);
}

TEST(StartDeadline, FailsATaskWithoutANode) {
  Observed seen = NewTask();
  seen.start_by = seen.now + std::chrono::seconds(1);
  Plan plan = Decide(seen);
  EXPECT_FALSE(plan.state);
  EXPECT_EQ(plan.look_again, seen.start_by);
  seen.now = *seen.start_by;
  plan = Decide(seen);
  ASSERT_TRUE(plan.state);
  EXPECT_EQ(plan.state->phase, Phase::kFailed);
  EXPECT_EQ(plan.state->reason, "StartDeadlineExceeded");
  EXPECT_EQ(ConditionOf(*plan.state, "Failed"), "True StartDeadlineExceeded");
  EXPECT_FALSE(Decide(Applied(seen, plan)).state);
}

TEST(StartDeadline, IsKeptByATaskThatHadANode) {
  Observed seen = NewTask();
  seen.start_by = seen.now - std::chrono::seconds(1);
  seen.state.attempts = {Ended(1, "NodeLost")};
  EXPECT_FALSE(Decide(seen).state);
}

}  // namespace
}  // namespace noizy::task_controller
