#include "controllers/resource_quota/reconciler.h"

#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::resource_quota {
namespace {

using std::chrono::milliseconds;

Task RunningTask(const std::string& name) {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = name;
  task.spec.exec.emplace().command = {"true"};
  task.spec.resources.requests["cpu"] = "2";
  task.status.phase = "Running";
  task.status.node_name = "n";
  return task;
}

ResourceQuota Quota() {
  ResourceQuota quota;
  quota.metadata.ns = "default";
  quota.metadata.name = "share";
  quota.spec.hard["cpu"] = "8";
  return quota;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<ResourceQuota>();
  Controller& controller =
      harness.Add(std::make_unique<ResourceQuotaReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered =
    RegisterReconcilerContract({.name = "ResourceQuota",
                                .add = AddTo,
                                .world = {Quota().ToValue(), RunningTask("a").ToValue()}});

class QuotaTest : public ::testing::Test {
 protected:
  QuotaTest() {
    AddTo(harness_);
    harness_.api.Put(Quota().ToValue());
    harness_.Settle();
  }
  std::string Used() {
    return harness_.api.Find<ResourceQuota>({"default", "share"})->status.used.at("cpu");
  }

  ReconcilerHarness harness_;
};

TEST_F(QuotaTest, FollowsItsTasks) {
  EXPECT_EQ(Used(), "0");
  harness_.api.Put(RunningTask("a").ToValue());
  harness_.Settle();
  EXPECT_EQ(Used(), "2");
  Task elsewhere = RunningTask("a");
  elsewhere.metadata.ns = "other";
  harness_.api.Put(elsewhere.ToValue());
  harness_.api.Erase(ResourceOf<Task>(), {"default", "a"});
  harness_.Settle();
  EXPECT_EQ(Used(), "0");
}

TEST_F(QuotaTest, ManyChangesAreFewWrites) {
  harness_.Settle(kLeastPause);
  const std::size_t before = harness_.api.Writes().size();
  for (int i = 0; i < 20; ++i) {
    harness_.api.Put(RunningTask("t" + std::to_string(i)).ToValue());
    harness_.Settle(milliseconds(5));
  }
  harness_.Settle(kLeastPause);
  EXPECT_EQ(Used(), "40");
  EXPECT_EQ(harness_.api.Writes().size(), before + 2);
}

}  // namespace
}  // namespace noizy::resource_quota
