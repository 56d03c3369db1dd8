#include "controllers/scheduler/gather.h"

#include <gtest/gtest.h>

#include "controllers/scheduler/filter.h"
#include "machinery/value/yaml.h"

namespace noizy::scheduler {
namespace {

Task TaskFrom(const std::string& yaml) {
  const auto documents = ParseYaml(
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: t, namespace: default}\n" + yaml);
  EXPECT_TRUE(documents.ok()) << documents.status().ToString();
  const auto task = Task::FromValue(documents->front().value);
  EXPECT_TRUE(task.ok()) << task.status().ToString();
  return *task;
}

Node NodeFrom(const std::string& yaml) {
  const auto documents = ParseYaml("apiVersion: noizy.dev/v1\nkind: Node\n" + yaml);
  EXPECT_TRUE(documents.ok()) << documents.status().ToString();
  const auto node = Node::FromValue(documents->front().value);
  EXPECT_TRUE(node.ok()) << node.status().ToString();
  return *node;
}

constexpr const char* kNode = R"(
metadata: {name: n1, labels: {zone: a, disk: ssd}}
spec:
  unschedulable: true
  capabilities: [render]
  taints: [{key: gpu, value: "true", effect: NoExecute}, {key: noisy, effect: PreferNoSchedule}]
status:
  conditions: [{type: Ready, status: "True", reason: AgentConnected}]
  capabilities: [exec, shell]
  capacity: {cpu: 8, memory: 16Gi}
  allocatable: {cpu: 7500m, memory: 15Gi, noizy.dev/gpu: 1}
)";

TEST(SchedulerGather, ANode) {
  const NodeView node = ViewOf(NodeFrom(kNode));
  EXPECT_EQ(node.name, "n1");
  EXPECT_TRUE(node.ready);
  EXPECT_TRUE(node.unschedulable);
  EXPECT_EQ(node.labels, (KeyValues{{"disk", "ssd"}, {"zone", "a"}}));
  EXPECT_EQ(node.capabilities, (std::set<std::string>{"exec", "render", "shell"}));
  EXPECT_EQ(node.allocatable, (Resources{{"cpu", 7500},
                                         {"memory", 15LL * 1024 * 1024 * 1024 * 1000},
                                         {"noizy.dev/gpu", 1000}}));
  ASSERT_EQ(node.taints.size(), 2U);
  EXPECT_EQ(node.taints[0].effect, TaintEffect::kNoExecute);
  EXPECT_EQ(node.taints[1].effect, TaintEffect::kPreferNoSchedule);
}

TEST(SchedulerGather, ANodeThatMayNotBeUsed) {
  Node node = NodeFrom(kNode);
  node.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  EXPECT_FALSE(ViewOf(node).ready);
  node = NodeFrom(kNode);
  node.status.conditions[0].status = "Unknown";
  EXPECT_FALSE(ViewOf(node).ready);
  node.status.conditions.clear();
  EXPECT_FALSE(ViewOf(node).ready);
  node = NodeFrom(kNode);
  node.status.lease.emplace();
  EXPECT_TRUE(ViewOf(node).ready);
  node.status.lease->expired_time = "2026-01-01T00:00:00Z";
  EXPECT_FALSE(ViewOf(node).ready) << "whatever its condition says a moment longer";
}

TEST(SchedulerGather, CapacityStandsInForAllocatable) {
  Node node = NodeFrom(kNode);
  node.status.allocatable.clear();
  EXPECT_EQ(ViewOf(node).allocatable.at("cpu"), 8000);
}

constexpr const char* kTask = R"(
spec:
  type: ai_inference
  exec: {command: ["true"]}
  priority: 5
  nodeName: n9
  nodeSelector: {zone: a}
  resources: {requests: {cpu: 500m, memory: 1Gi}}
  tolerations:
  - {key: gpu, operator: Exists, effect: NoExecute}
  - {key: noisy, value: x}
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
        - matchExpressions: [{key: zone, operator: In, values: [b, a]}, {key: rank, operator: Gt, values: ["3"]}]
        - matchFields: [{key: metadata.name, operator: In, values: [n1]}]
      preferredDuringSchedulingIgnoredDuringExecution:
      - {weight: 20, preference: {matchExpressions: [{key: disk, operator: Exists}]}}
)";

TEST(SchedulerGather, ATask) {
  const TaskView task = ViewOf(TaskFrom(kTask));
  EXPECT_EQ(task.key, (ObjectKey{"default", "t"}));
  EXPECT_EQ(task.type, "ai_inference");
  EXPECT_EQ(task.priority, 5);
  EXPECT_EQ(task.node_name, "n9");
  EXPECT_EQ(task.node_selector, (KeyValues{{"zone", "a"}}));
  EXPECT_EQ(task.requests, (Resources{{"cpu", 500}, {"memory", 1024LL * 1024 * 1024 * 1000}}));
  EXPECT_FALSE(task.not_before);
  EXPECT_TRUE(task.pinned_to.empty());
  ASSERT_EQ(task.tolerations.size(), 2U);
  EXPECT_TRUE(Tolerates(task.tolerations, {"gpu", "1", TaintEffect::kNoExecute}));
  EXPECT_FALSE(Tolerates(task.tolerations, {"gpu", "1", TaintEffect::kNoSchedule}));
  EXPECT_TRUE(Tolerates(task.tolerations, {"noisy", "x", TaintEffect::kNoSchedule}));
}

TEST(SchedulerGather, TheAffinityOfATask) {
  const TaskView task = ViewOf(TaskFrom(kTask));
  ASSERT_EQ(task.required_terms.size(), 2U);
  NodeView node;
  node.name = "n2";
  node.labels = {{"rank", "4"}, {"zone", "a"}};
  EXPECT_TRUE(Matches(task.required_terms[0], node));
  node.labels[0].second = "3";
  EXPECT_FALSE(Matches(task.required_terms[0], node));
  EXPECT_FALSE(Matches(task.required_terms[1], node));
  node.name = "n1";
  EXPECT_TRUE(Matches(task.required_terms[1], node));
  ASSERT_EQ(task.preferences.size(), 1U);
  EXPECT_EQ(task.preferences[0].weight, 20);
}

TEST(SchedulerGather, APinnedTaskStaysWhereItWas) {
  Task task = TaskFrom("spec: {exec: {command: [x]}, failover: Pinned}\n");
  EXPECT_EQ(ViewOf(task).pinned_to, "");
  task.status.attempts.resize(2);
  task.status.attempts[1].node_name = "n2";
  EXPECT_EQ(ViewOf(task).pinned_to, "n2");
  task.spec.failover = "AtLeastOnce";
  EXPECT_EQ(ViewOf(task).pinned_to, "");
}

TEST(SchedulerGather, ABackoffHasAnEnd) {
  Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  task.status.next_attempt_time = "2026-01-01T00:00:01.5Z";
  EXPECT_EQ(ViewOf(task).not_before, FakeClock().Now() + std::chrono::milliseconds(1500));
}

TEST(SchedulerGather, WhichTasksHoldResources) {
  Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  for (const auto& [phase, holds] : std::map<std::string, bool>{{"Pending", false},
                                                                {"Scheduled", true},
                                                                {"Running", true},
                                                                {"Succeeded", false},
                                                                {"Failed", false},
                                                                {"Cancelled", false}}) {
    task.status.phase = phase;
    task.status.node_name = "n1";
    EXPECT_EQ(HoldsResources(task), holds) << phase;
    task.status.node_name.clear();
    EXPECT_FALSE(HoldsResources(task)) << phase;
  }
}

TEST(SchedulerGather, WhichTasksWait) {
  Informer<Task> tasks;
  const Task task = TaskFrom("spec: {exec: {command: [x]}, dependsOn: [d]}\n");
  EXPECT_FALSE(IsWaiting(task, tasks.lister())) << "the dependency is missing";
  Task dependency = TaskFrom("spec: {exec: {command: [x]}}\n");
  EXPECT_TRUE(IsWaiting(dependency, tasks.lister()));
  dependency.metadata.name = "d";
  dependency.status.phase = "Running";
  tasks.Apply({WatchEvent::Type::kAdded, dependency.ToValue()});
  EXPECT_FALSE(IsWaiting(task, tasks.lister()));
  dependency.status.phase = "Succeeded";
  dependency.metadata.resource_version = "2";
  tasks.Apply({WatchEvent::Type::kModified, dependency.ToValue()});
  EXPECT_TRUE(IsWaiting(task, tasks.lister()));
  EXPECT_FALSE(IsWaiting(dependency, tasks.lister()));

  Task other = task;
  other.spec.suspend = true;
  EXPECT_FALSE(IsWaiting(other, tasks.lister()));
  other = task;
  other.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  EXPECT_FALSE(IsWaiting(other, tasks.lister()));
  other = task;
  other.spec.depends_on = {"removed-since"};
  other.status.attempts.resize(1);
  EXPECT_TRUE(IsWaiting(other, tasks.lister()))
      << "dependencies count before the first attempt only";
}

}  // namespace
}  // namespace noizy::scheduler
