#include "controllers/task/gather.h"

#include <gtest/gtest.h>

namespace noizy::task_controller {
namespace {

using std::chrono::seconds;

WallTime Now() {
  return FakeClock().Now();
}

Task TaskNamed(const std::string& name) {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = name;
  return task;
}

TaskAttempt AttemptOn(const std::string& node, std::int64_t number = 1) {
  TaskAttempt attempt;
  attempt.number = number;
  attempt.node_name = node;
  return attempt;
}

class TaskGather : public ::testing::Test {
 protected:
  void Add(const Task& task) { tasks_.Apply({WatchEvent::Type::kAdded, task.ToValue()}); }
  void Add(const Node& node) { nodes_.Apply({WatchEvent::Type::kAdded, node.ToValue()}); }
  Observed See(const Task& task) { return Gather(task, tasks_.lister(), nodes_.lister(), Now()); }

  Informer<Task> tasks_;
  Informer<Node> nodes_;
};

TEST_F(TaskGather, SeesACircleOfDependencies) {
  Task a = TaskNamed("a");
  Task b = TaskNamed("b");
  a.spec.depends_on = {"b"};
  b.spec.depends_on = {"a"};
  Add(b);
  EXPECT_EQ(See(a).cycle, (std::vector<std::string>{"a", "b"}));
}

TEST_F(TaskGather, ReadsTheSpec) {
  Task task = TaskNamed("t");
  task.metadata.generation = 7;
  task.metadata.finalizers = {"other", std::string(kTaskFinalizer)};
  task.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  task.spec.suspend = true;
  task.spec.failover = "Pinned";
  task.spec.restart_policy = "OnFailure";
  task.spec.timeout_seconds = 60;
  task.spec.termination_grace_period_seconds = 5;
  task.spec.retry.limit = 3;
  task.spec.retry.backoff.factor = 1.5;
  task.spec.retry.on_exit_codes = {1, 2};
  task.spec.ttl_seconds_after_finished = 0;
  const Observed seen = See(task);
  EXPECT_EQ(seen.now, Now());
  EXPECT_EQ(seen.generation, 7);
  EXPECT_TRUE(seen.being_deleted && seen.has_finalizer && seen.suspend);
  EXPECT_EQ(seen.failover, Failover::kPinned);
  EXPECT_EQ(seen.restart_policy, RestartPolicy::kOnFailure);
  EXPECT_EQ(seen.timeout, seconds(60));
  EXPECT_EQ(seen.grace_period, seconds(5));
  EXPECT_EQ(seen.retry_limit, 3);
  EXPECT_EQ(seen.backoff.factor, 1.5);
  EXPECT_EQ(seen.retry_on_exit_codes, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(seen.ttl, Duration::zero());
}

TEST_F(TaskGather, DefaultsAreTheSchemas) {
  const Observed seen = See(TaskNamed("t"));
  EXPECT_FALSE(seen.being_deleted || seen.has_finalizer || seen.suspend);
  EXPECT_EQ(seen.failover, Failover::kAtLeastOnce);
  EXPECT_EQ(seen.restart_policy, RestartPolicy::kNever);
  EXPECT_FALSE(seen.ttl);
  EXPECT_EQ(seen.grace_period, seconds(10));
  EXPECT_EQ(seen.state, TaskState());
}

TEST_F(TaskGather, ReadsTheStateAndWritesItBackUnchanged) {
  Task task = TaskNamed("t");
  task.status.phase = "Running";
  task.status.node_name = "n1";
  task.status.attempt = 2;
  task.status.attempts = {AttemptOn("n0", 1), AttemptOn("n1", 2)};
  task.status.attempts[0].finish_time = "2026-01-01T00:00:00.5Z";
  task.status.attempts[0].exit_code = 1;
  task.status.completion_time = "2026-01-01T00:00:00Z";
  task.status.conditions = {{"Scheduled", "True", "Bound", "", "2026-01-01T00:00:00Z", 1}};
  task.status.result = "out";
  const Observed seen = See(task);
  EXPECT_EQ(seen.state.phase, Phase::kRunning);
  ASSERT_EQ(seen.state.attempts.size(), 2U);
  EXPECT_EQ(seen.state.attempts[0].finish_time, Now() + std::chrono::milliseconds(500));
  EXPECT_EQ(seen.state.OpenAttempt()->number, 2);
  EXPECT_EQ(WithState(task.status, seen.state), task.status);
}

TEST_F(TaskGather, WritesWhatChanged) {
  Task task = TaskNamed("t");
  task.status.attempts = {AttemptOn("n0", 1), AttemptOn("n1", 2)};
  task.status.attempt = 2;
  TaskState state = See(task).state;
  state.phase = Phase::kFailed;
  state.attempts.erase(state.attempts.begin());
  state.attempts[0].finish_time = Now();
  state.attempts[0].reason = "NodeLost";
  state.next_attempt_time = Now() + std::chrono::milliseconds(1500);
  state.completion_time = Now();
  state.exit_code = 3;
  const TaskStatus next = WithState(task.status, state);
  EXPECT_EQ(next.phase, "Failed");
  EXPECT_EQ(next.attempt, 2) << "the fencing token is the scheduler's";
  ASSERT_EQ(next.attempts.size(), 1U);
  EXPECT_EQ(next.attempts[0].number, 2);
  EXPECT_EQ(next.attempts[0].finish_time, "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(next.attempts[0].reason, "NodeLost");
  EXPECT_EQ(next.next_attempt_time, "2026-01-01T00:00:01.500000Z");
  EXPECT_EQ(next.exit_code, 3);
  state.next_attempt_time.reset();
  EXPECT_EQ(WithState(next, state).next_attempt_time, "");
}

TEST_F(TaskGather, TheNodeOfAnOpenAttempt) {
  Task task = TaskNamed("t");
  task.status.attempts = {AttemptOn("n1")};
  EXPECT_EQ(See(task).node, NodeState::kGone);
  Node node;
  node.metadata.name = "n1";
  Add(node);
  EXPECT_EQ(See(task).node, NodeState::kGone) << "made anew, and not heard of since";
  node.status.lease.emplace();
  EXPECT_EQ(StateOf(&node), NodeState::kGone) << "the first epoch is 1";
  node.status.lease->epoch = 1;
  node.metadata.resource_version = "2";
  Add(node);
  EXPECT_EQ(See(task).node, NodeState::kAlive);
  node.status.lease->expired_time = "2026-01-01T00:00:00Z";
  node.metadata.resource_version = "3";
  Add(node);
  EXPECT_EQ(See(task).node, NodeState::kLost);
}

TEST_F(TaskGather, DependenciesAreOfTheSameNamespace) {
  const std::vector<std::pair<std::string, Dependency::State>> kPhases = {
      {"Pending", Dependency::State::kUnfinished},
      {"Running", Dependency::State::kUnfinished},
      {"Succeeded", Dependency::State::kSucceeded},
      {"Failed", Dependency::State::kFailed},
      {"Cancelled", Dependency::State::kCancelled}};
  Task task = TaskNamed("t");
  for (const auto& [phase, state] : kPhases) {
    Task dependency = TaskNamed("on-" + phase);
    dependency.status.phase = phase;
    Add(dependency);
    task.spec.depends_on.push_back(dependency.metadata.name);
  }
  Task elsewhere = TaskNamed("elsewhere");
  elsewhere.metadata.ns = "other";
  Add(elsewhere);
  task.spec.depends_on.push_back("elsewhere");
  const auto dependencies = See(task).dependencies;
  ASSERT_EQ(dependencies.size(), kPhases.size() + 1);
  for (std::size_t i = 0; i < kPhases.size(); ++i)
    EXPECT_EQ(dependencies[i].state, kPhases[i].second) << kPhases[i].first;
  EXPECT_EQ(dependencies.back().state, Dependency::State::kMissing);
}

}  // namespace
}  // namespace noizy::task_controller
