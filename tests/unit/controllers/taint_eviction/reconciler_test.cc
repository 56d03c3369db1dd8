#include "controllers/taint_eviction/reconciler.h"

#include "machinery/client/typed.h"
#include "machinery/meta/condition.h"
#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::taint_eviction {
namespace {

using std::chrono::seconds;

Task RunningTask(std::optional<std::int64_t> bears = {}) {
  Task task;
  task.metadata.ns = "default";
  task.metadata.name = "t";
  task.spec.exec.emplace().command = {"true"};
  task.status.phase = "Running";
  task.status.node_name = "n";
  if (bears) {
    kinds::Toleration toleration;
    toleration.key = "off";
    toleration.operator_ = "Exists";
    toleration.toleration_seconds = bears;
    task.spec.tolerations = {toleration};
  }
  return task;
}

Node TaintedNode(const std::string& time_added = "") {
  Node node;
  node.metadata.name = "n";
  kinds::Taint taint;
  taint.key = "off";
  taint.effect = "NoExecute";
  taint.time_added = time_added;
  node.spec.taints = {taint};
  return node;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Task>();
  harness.api.AddKind<Node>();
  Controller& controller =
      harness.Add(std::make_unique<TaintEvictionReconciler>(harness.Context()));
  Register(controller, harness.Context());
  return controller;
}

const bool kRegistered = RegisterReconcilerContract(
    {.name = "TaintEviction",
     .add = AddTo,
     .world = {RunningTask().ToValue(), TaintedNode("2026-01-01T00:00:00Z").ToValue()},
     .world_at_once = true});

class TaintEviction : public ::testing::Test {
 protected:
  TaintEviction() { AddTo(harness_); }
  bool IsAsked() {
    return IsConditionTrue(harness_.api.Find<Task>({"default", "t"})->status.conditions,
                           "DisruptionTarget");
  }
  ReconcilerHarness harness_;
};

TEST_F(TaintEviction, AsksWhoDoesNotTolerate) {
  harness_.api.Put(RunningTask().ToValue());
  Node node = TaintedNode();
  node.spec.taints[0].effect = "NoSchedule";
  harness_.api.Put(node.ToValue());
  harness_.Settle();
  EXPECT_FALSE(IsAsked());
  harness_.api.Put(TaintedNode().ToValue());
  harness_.Settle();
  EXPECT_TRUE(IsAsked());
  EXPECT_EQ(
      harness_.EventTexts(),
      std::vector<std::string>{"Warning TaintEviction Task/t: Node n has the taint off, which "
                               "expels the Task"});
}

TEST_F(TaintEviction, WaitsForAsLongAsTheTaintIsBorne) {
  harness_.api.Put(RunningTask(60).ToValue());
  harness_.api.Put(TaintedNode().ToValue());
  harness_.Settle(seconds(59));
  EXPECT_FALSE(IsAsked());
  harness_.Settle(seconds(2));
  EXPECT_TRUE(IsAsked());
}

TEST_F(TaintEviction, ATaintThatWentIsForgotten) {
  harness_.api.Put(RunningTask(60).ToValue());
  harness_.api.Put(TaintedNode().ToValue());
  harness_.Settle(seconds(40));
  Node clean = TaintedNode();
  clean.spec.taints.clear();
  harness_.api.Put(clean.ToValue());
  harness_.Settle(seconds(1));
  harness_.api.Put(TaintedNode().ToValue());
  harness_.Settle(seconds(40));
  EXPECT_FALSE(IsAsked());
  harness_.Settle(seconds(30));
  EXPECT_TRUE(IsAsked());
}

}  // namespace
}  // namespace noizy::taint_eviction
