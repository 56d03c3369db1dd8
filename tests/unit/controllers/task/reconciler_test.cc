#include "controllers/task/reconciler.h"

#include "controllers/task/gather.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::task_controller {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

Task TaskNamed(const std::string& name) {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = name;
  task.metadata.finalizers = {std::string(kTaskFinalizer)};
  task.spec.exec.emplace().command = {"true"};
  return task;
}

Task RunningTask(const std::string& name, const std::string& node) {
  Task task = TaskNamed(name);
  task.status.phase = "Running";
  task.status.node_name = node;
  task.status.attempt = 1;
  task.status.attempts.resize(1);
  task.status.attempts[0].number = 1;
  task.status.attempts[0].node_name = node;
  task.status.attempts[0].start_time = "2026-01-01T00:00:00Z";
  task.status.conditions = {{"Scheduled", "True", "Bound", "", "2026-01-01T00:00:00Z", 1},
                            {"Started", "True", "Started", "", "2026-01-01T00:00:00Z", 1}};
  return task;
}

Task EndedTask(const std::string& name, std::int64_t exit_code) {
  Task task = RunningTask(name, "n1");
  task.status.attempts[0].finish_time = "2026-01-01T00:00:00Z";
  task.status.attempts[0].exit_code = exit_code;
  task.status.attempts[0].reason = exit_code == 0 ? "Completed" : "Error";
  return task;
}

Node NodeNamed(const std::string& name) {
  Node node;
  node.metadata.name = name;
  node.status.lease.emplace().epoch = 1;
  return node;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<Node>();
  const ControllerContext context = harness.Context();
  Controller& controller = harness.Add(std::make_unique<TaskReconciler>(context));
  Register(controller, context);
  return controller;
}

Value Retrying() {
  Task task = EndedTask("t", 1);
  task.spec.retry.limit = 1;
  return task.ToValue();
}

Value Dependent() {
  Task task = TaskNamed("t");
  task.spec.depends_on = {"d"};
  return task.ToValue();
}

Value FailedDependency() {
  Task task = EndedTask("d", 1);
  return task.ToValue();
}

Value Suspended() {
  Task task = TaskNamed("t");
  task.spec.suspend = true;
  return task.ToValue();
}

const bool kRegistered =
    RegisterReconcilerContract({.name = "TaskRetry", .add = AddTo, .world = {Retrying()}}) &&
    RegisterReconcilerContract(
        {.name = "TaskFailure", .add = AddTo, .world = {EndedTask("t", 3).ToValue()}}) &&
    RegisterReconcilerContract(
        {.name = "TaskDependency", .add = AddTo, .world = {Dependent(), FailedDependency()}}) &&
    RegisterReconcilerContract({.name = "TaskSuspend", .add = AddTo, .world = {Suspended()}}) &&
    RegisterReconcilerContract(
        {.name = "TaskFailOver", .add = AddTo, .world = {RunningTask("t", "gone").ToValue()}});

class TaskController : public ::testing::Test {
 protected:
  TaskController() { AddTo(harness_); }

  void Put(const Task& task) { harness_.api.Put(task.ToValue()); }
  void Put(const Node& node) { harness_.api.Put(node.ToValue()); }
  Task Get(const std::string& name = "t") { return *harness_.api.Find<Task>({"default", name}); }
  bool Exists() { return !harness_.api.Find(ResourceOf<Task>(), {"default", "t"}).is_null(); }
  void Delete() { EXPECT_TRUE(harness_.client.Delete(ResourceOf<Task>(), {"default", "t"}).ok()); }

  ReconcilerHarness harness_;
};

TEST_F(TaskController, KeepsThePayloadAndTheResult) {
  Task task = EndedTask("t", 3);
  task.spec.payload = "large";
  task.status.result = "out";
  Put(task);
  harness_.Settle();
  const Task after = Get();
  EXPECT_EQ(after.status.phase, "Failed");
  EXPECT_EQ(after.status.exit_code, 3);
  EXPECT_EQ(after.status.result, "out");
  EXPECT_EQ(after.spec, task.spec);
  ASSERT_EQ(harness_.api.Writes().size(), 1U);
  EXPECT_EQ(harness_.api.Writes()[0].body.find("large"), std::string::npos)
      << "a status write carries no spec";
}

TEST_F(TaskController, AnExpiredLeaseFailsItsTasksOver) {
  Put(NodeNamed("n1"));
  Put(NodeNamed("n2"));
  Put(RunningTask("t", "n1"));
  Put(RunningTask("other", "n2"));
  harness_.Settle();
  EXPECT_TRUE(harness_.api.Writes().empty());
  Node lost = NodeNamed("n1");
  lost.status.lease->expired_time = "2026-01-01T00:00:14Z";
  Put(lost);
  harness_.Settle(milliseconds(1));
  EXPECT_EQ(Get().status.phase, "Pending");
  EXPECT_EQ(Get().status.attempts[0].reason, "NodeLost");
  EXPECT_EQ(Get().status.attempt, 1);
  EXPECT_EQ(Get("other").status.phase, "Running");
}

TEST_F(TaskController, ANodeThatIsOnlyUnknownHereIsNotGone) {
  Put(NodeNamed("n0"));
  harness_.Settle();
  // The node's event is held back; the Task's is not.
  ReconcilerHarness late(FeedOrder::kAsWritten);
  AddTo(late);
  late.Settle();
  late.api.Put(RunningTask("t", "n1").ToValue());
  late.api.Put(NodeNamed("n1").ToValue());
  late.Settle();
  EXPECT_EQ(late.api.Find<Task>({"default", "t"})->status.phase, "Running");
}

TEST_F(TaskController, TheBackoffIsInTheStatusForTheScheduler) {
  Task task = EndedTask("t", 1);
  task.spec.retry.limit = 1;
  task.spec.retry.backoff.initial_seconds = 2.5;
  Put(task);
  harness_.Settle(seconds(0));
  EXPECT_EQ(Get().status.next_attempt_time, "2026-01-01T00:00:02.500000Z");
  EXPECT_EQ(Get().status.reason, "Retrying");
}

TEST_F(TaskController, ADependencysEndIsNoticed) {
  Task task = TaskNamed("t");
  task.spec.depends_on = {"d"};
  Put(task);
  harness_.Settle();
  EXPECT_EQ(Get().status.reason, "WaitingForDependencies");
  Put(EndedTask("d", 1));
  harness_.Settle();
  EXPECT_EQ(Get("d").status.phase, "Failed");
  EXPECT_EQ(Get().status.phase, "Failed");
  EXPECT_EQ(Get().status.reason, "DependencyFailed");
}

TEST_F(TaskController, DeletionOfAWaitingTaskRemovesIt) {
  Put(TaskNamed("t"));
  harness_.Settle();
  Delete();
  EXPECT_TRUE(Exists());
  harness_.Settle();
  EXPECT_FALSE(Exists());
}

TEST_F(TaskController, DeletionOfARunningTaskWaitsForTheAgentsReport) {
  Put(NodeNamed("n1"));
  Put(RunningTask("t", "n1"));
  harness_.Settle();
  Delete();
  harness_.Settle();
  ASSERT_TRUE(Exists());
  Task reported = Get();
  reported.status.attempts[0].finish_time = "2026-01-01T00:00:20Z";
  reported.status.attempts[0].reason = "Cancelled";
  Put(reported);
  harness_.Settle();
  EXPECT_FALSE(Exists());
}

TEST_F(TaskController, AFinishedTaskIsRemovedAfterItsTimeToLive) {
  Task task = EndedTask("t", 0);
  task.status.phase = "Succeeded";
  task.status.completion_time = "2026-01-01T00:00:00Z";
  task.spec.ttl_seconds_after_finished = 60;
  Put(task);
  harness_.Settle(seconds(59));
  EXPECT_TRUE(Exists());
  harness_.Settle(seconds(2));
  EXPECT_FALSE(Exists());
}

TEST_F(TaskController, TellsProgressOnce) {
  Put(NodeNamed("n1"));
  Task task = RunningTask("t", "n1");
  task.status.phase = "Scheduled";
  Put(task);
  harness_.Settle();
  Task running = Get();
  running.status.phase = "Running";
  Put(running);
  harness_.Settle();
  Task done = Get();
  done.status.phase = "Succeeded";
  Put(done);
  harness_.Settle();
  EXPECT_EQ(harness_.EventTexts(),
            (Names{"Normal Started Task/t: Attempt 1 on node n1 started",
                   "Normal Completed Task/t: Attempt 1 on node n1 succeeded"}));
}

}  // namespace
}  // namespace noizy::task_controller
