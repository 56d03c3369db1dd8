#include "controllers/node_lifecycle/reconciler.h"

#include "tests/unit/machinery/controller/reconciler_contract.h"

namespace noizy::node_lifecycle {
namespace {

Node NodeWithLease() {
  Node node;
  node.metadata.name = "n1";
  node.status.lease.emplace().epoch = 1;
  node.status.capacity = {{"memory", "16Gi"}, {"ephemeral-storage", "100Gi"}};
  node.status.usage.emplace().memory_bytes = 1024;
  node.status.usage->disk_free_bytes = 1LL << 36;
  return node;
}

Controller& AddTo(ReconcilerHarness& harness) {
  harness.api.AddKind<Node>();
  Controller& controller =
      harness.Add(std::make_unique<NodeLifecycleReconciler>(harness.Context()));
  Register(controller);
  return controller;
}

const bool kRegistered = RegisterReconcilerContract(
    {.name = "NodeLifecycle", .add = AddTo, .world = {NodeWithLease().ToValue()}});

/// "status reason" of a condition.
std::string ConditionOf(const Node& node, std::string_view type) {
  const Condition* found = FindCondition(node.status.conditions, type);
  return found == nullptr ? "" : found->status + " " + found->reason;
}

TEST(NodeLifecycle, FollowsTheLeaseWithOneWriteAChange) {
  ReconcilerHarness harness;
  AddTo(harness);
  harness.api.Put(NodeWithLease().ToValue());
  harness.Settle();
  Node node = *harness.api.Find<Node>({"", "n1"});
  EXPECT_EQ(ConditionOf(node, "Ready"), "True AgentConnected");
  EXPECT_EQ(ConditionOf(node, "MemoryPressure"), "False MemoryIsSufficient");
  EXPECT_EQ(ConditionOf(node, "DiskPressure"), "False DiskIsSufficient");

  node.status.lease->expired_time = "2026-01-01T00:00:04Z";
  harness.api.Put(node.ToValue());
  harness.Settle();
  node = *harness.api.Find<Node>({"", "n1"});
  EXPECT_EQ(ConditionOf(node, "Ready"), "Unknown LeaseExpired");
  EXPECT_EQ(ConditionOf(node, "MemoryPressure"), "Unknown NodeSilent");
  EXPECT_EQ(harness.api.Writes().size(), 2U);
  EXPECT_EQ(harness.EventTexts().size(), 2U);
}

TEST(NodeLifecycle, AHeartbeatThatChangesNothingIsNotWritten) {
  ReconcilerHarness harness;
  AddTo(harness);
  harness.api.Put(NodeWithLease().ToValue());
  harness.Settle();
  harness.api.ForgetRequests();
  for (int i = 1; i <= 20; ++i) {
    Node node = *harness.api.Find<Node>({"", "n1"});
    node.status.lease->renew_time = "2026-01-01T00:00:" + std::to_string(10 + i) + "Z";
    node.status.usage->memory_bytes += 1;
    harness.api.Put(node.ToValue());
    harness.Settle();
  }
  EXPECT_TRUE(harness.api.Writes().empty());
}

}  // namespace
}  // namespace noizy::node_lifecycle
