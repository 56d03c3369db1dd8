#include "controllers/task_set/reconciler.h"

#include "controllers/task_set/members.h"
#include "machinery/client/typed.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::task_set {
namespace {

using std::chrono::seconds;

TaskSet SetNamed(std::int64_t completions, std::int64_t parallelism) {
  TaskSet set;
  set.metadata.ns = "default";
  set.metadata.name = "s";
  set.spec.completions = completions;
  set.spec.parallelism = parallelism;
  set.spec.template_.metadata.labels = {{"app", "a"}};
  set.spec.template_.spec =
      Object{{"exec", Object{{"command", Array{"true"}}}}, {"ttlSecondsAfterFinished", 1}};
  return set;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<TaskSet>();
  Controller& controller = harness.Add(std::make_unique<TaskSetReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract({.name = "TaskSet",
                                                     .add = AddTo,
                                                     .world = {SetNamed(3, 2).ToValue()},
                                                     .key = ObjectKey{"default", "s"}});

class TaskSets : public ::testing::Test {
 protected:
  TaskSets() { AddTo(harness_); }
  void Put(const TaskSet& set) {
    harness_.api.Put(set.ToValue());
    harness_.Settle();
  }
  TaskSet Get() { return *harness_.api.Find<TaskSet>({"default", "s"}); }
  std::optional<Task> Member(int index) {
    return harness_.api.Find<Task>({"default", "s-" + std::to_string(index)});
  }
  void End(int index, const std::string& phase) {
    Task task = *Member(index);
    task.status.phase = phase;
    harness_.api.Put(task.ToValue());
    harness_.Settle();
  }
  ReconcilerHarness harness_;
};

TEST_F(TaskSets, RunsAnArrayToItsEnd) {
  Put(SetNamed(3, 2));
  ASSERT_TRUE(Member(1));
  EXPECT_FALSE(Member(2));
  const Task first = *Member(0);
  EXPECT_EQ(first.metadata.labels,
            (std::map<std::string, std::string>{
                {"app", "a"}, {"noizy.dev/index", "0"}, {"noizy.dev/task-set", "s"}}));
  EXPECT_EQ(first.metadata.owner_references[0].uid, Get().metadata.uid);
  EXPECT_EQ(first.spec.env[0].name, "NOIZY_INDEX");
  EXPECT_EQ(first.spec.env[0].value, "0");
  EXPECT_FALSE(first.spec.ttl_seconds_after_finished);
  EXPECT_EQ(Get().status.active, 2);
  End(0, "Succeeded");
  ASSERT_TRUE(Member(2));
  End(1, "Succeeded");
  End(2, "Succeeded");
  EXPECT_EQ(Get().status.succeeded, 3);
  EXPECT_TRUE(IsConditionTrue(Get().status.conditions, "Complete"));
  EXPECT_NE(Get().status.completion_time, "");
  EXPECT_EQ(harness_.EventTexts(),
            std::vector<std::string>{"Normal Completed TaskSet/s: 3 of 3 Tasks succeeded"});
}

TEST_F(TaskSets, AFailureCancelsTheRest) {
  Put(SetNamed(3, 3));
  End(1, "Failed");
  EXPECT_TRUE(IsConditionTrue(Get().status.conditions, "Failed"));
  EXPECT_EQ(Get().status.failed_indexes, "1");
  EXPECT_FALSE(Member(0));
  EXPECT_TRUE(Member(1)) << "what failed is kept to be looked at";
}

TEST_F(TaskSets, AGangSaysSo) {
  TaskSet set = SetNamed(2, 1);
  set.spec.gang = true;
  Put(set);
  ASSERT_TRUE(Member(1));
  EXPECT_EQ(Member(1)->spec.gang->name, "s");
  EXPECT_EQ(Member(1)->spec.gang->size, 2);
}

TEST_F(TaskSets, AMemberMadeAnewWaitsForNobodyWhoHasEnded) {
  TaskSet set = SetNamed(2, 2);
  set.spec.gang = true;
  Put(set);
  End(0, "Succeeded");
  harness_.api.Erase(ResourceOf<Task>(), {"default", "s-1"});
  harness_.Settle();
  ASSERT_TRUE(Member(1));
  EXPECT_FALSE(Member(1)->spec.gang);
}

TEST_F(TaskSets, SuspendReachesItsTasks) {
  Put(SetNamed(2, 1));
  TaskSet set = Get();
  set.spec.suspend = true;
  Put(set);
  EXPECT_TRUE(Member(0)->spec.suspend);
  EXPECT_FALSE(Member(1));
}

TEST_F(TaskSets, ANamesakeOfAMemberIsNotIts) {
  Task stranger;
  stranger.metadata.ns = "default";
  stranger.metadata.name = "s-0";
  stranger.status.phase = "Succeeded";
  harness_.api.Put(stranger.ToValue());
  Put(SetNamed(1, 1));
  EXPECT_EQ(Get().status.succeeded, 0);
}

}  // namespace
}  // namespace noizy::task_set
