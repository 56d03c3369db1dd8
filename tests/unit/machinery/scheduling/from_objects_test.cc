#include "machinery/scheduling/from_objects.h"

#include <gtest/gtest.h>

#include "machinery/scheduling/filters.h"
#include "machinery/scheduling/task_class.h"
#include "machinery/value/yaml.h"

namespace noizy::scheduling {
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

TEST(FromObjects, ANode) {
  const NodeView node = ViewOf(NodeFrom(kNode));
  EXPECT_EQ(node.name, "n1");
  EXPECT_TRUE(node.ready);
  EXPECT_TRUE(node.unschedulable);
  EXPECT_EQ(node.labels,
            (KeyValues{{"disk", "ssd"}, {"kubernetes.io/hostname", "n1"}, {"zone", "a"}}));
  EXPECT_EQ(node.capabilities, (std::set<std::string>{"exec", "render", "shell"}));
  EXPECT_EQ(node.allocatable, (Resources{{"cpu", 7500},
                                         {"memory", 15LL * 1024 * 1024 * 1024 * 1000},
                                         {"noizy.dev/gpu", 1000}}));
  ASSERT_EQ(node.taints.size(), 2U);
  EXPECT_EQ(node.taints[0].effect, TaintEffect::kNoExecute);
  EXPECT_EQ(node.taints[1].effect, TaintEffect::kPreferNoSchedule);
}

TEST(FromObjects, ANodeThatMayNotBeUsed) {
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

TEST(FromObjects, CapacityStandsInForAllocatable) {
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

TEST(FromObjects, ATask) {
  const TaskView task = ViewOf(TaskFrom(kTask), {});
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

TEST(FromObjects, TheAffinityOfATask) {
  const TaskView task = ViewOf(TaskFrom(kTask), {});
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

TEST(FromObjects, APinnedTaskStaysWhereItWas) {
  Task task = TaskFrom("spec: {exec: {command: [x]}, failover: Pinned}\n");
  EXPECT_EQ(ViewOf(task, {}).pinned_to, "");
  task.status.attempts.resize(2);
  task.status.attempts[1].node_name = "n2";
  EXPECT_EQ(ViewOf(task, {}).pinned_to, "n2");
  task.spec.failover = "AtLeastOnce";
  EXPECT_EQ(ViewOf(task, {}).pinned_to, "");
}

TEST(FromObjects, ABackoffHasAnEnd) {
  Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  task.status.attempts.resize(1);
  task.status.next_attempt_time = "2026-01-01T00:00:01.5Z";
  EXPECT_EQ(ViewOf(task, {}).not_before, FakeClock().Now() + std::chrono::milliseconds(1500));
}

TEST(FromObjects, WhichTasksHoldResources) {
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

TEST(FromObjects, WhichTasksMayWait) {
  const Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  EXPECT_TRUE(MayWait(task));
  Task other = task;
  other.spec.suspend = true;
  EXPECT_FALSE(MayWait(other));
  other = task;
  other.metadata.deletion_timestamp = "2026-01-01T00:00:00Z";
  EXPECT_FALSE(MayWait(other));
  other = task;
  other.status.phase = "Running";
  EXPECT_FALSE(MayWait(other));
}

TEST(FromObjects, LimitsStandInForRequests) {
  const Task task = TaskFrom(
      "spec: {exec: {command: [x]}, resources: {requests: {cpu: 1}, limits: {cpu: 2, memory: "
      "1k}}}\n");
  EXPECT_EQ(RequestsOf(task), (Resources{{"cpu", 1000}, {"memory", 1'000'000}}));
}

TEST(FromObjects, AGangIsWaitedForUntilItHasStarted) {
  const auto gang = [](const std::string& status) {
    const Task task = TaskFrom(
        "spec: {exec: {command: [x]}, gang: {name: g, size: 3}}\n"
        "status: " +
        status + "\n");
    return ViewOf(task, RoutingTable(std::vector<RoutingPolicy>())).gang;
  };
  ASSERT_TRUE(gang("{phase: Pending}"));
  EXPECT_EQ(gang("{phase: Pending}")->name, "g");
  EXPECT_EQ(gang("{phase: Pending}")->size, 3);
  EXPECT_TRUE(gang("{phase: Running, nodeName: n1, attempt: 1}")) << "it counts for those to come";
  EXPECT_FALSE(gang("{phase: Pending, attempt: 1}")) << "a retry, of a gang that has started";
}

TEST(FromObjects, TakesTheModelServersRequests) {
  const auto requests = [](const std::string& usage) {
    return ViewOf(NodeFrom("metadata: {name: n1}\nstatus: {usage: " + usage + "}\n"))
        .model_requests;
  };
  EXPECT_EQ(requests("{modelRequests: 3}"), 3);
  EXPECT_EQ(requests("{}"), 0);
  EXPECT_EQ(requests("{modelRequests: -1}"), 0);
}

TEST(FromObjects, GpusMakeGpuMemory) {
  const NodeView node = ViewOf(NodeFrom(R"(
metadata: {name: n1}
status:
  capacity: {noizy.dev/gpu: 2}
  nodeInfo: {cpuModel: "Intel(R) Core(TM) i9 CPU @ 5.00GHz", gpus: [{memoryBytes: 8000}, {memoryBytes: 4000}]}
)"));
  EXPECT_EQ(node.gpu_memory, (std::vector<std::int64_t>{8'000'000, 4'000'000}));
  EXPECT_EQ(node.allocatable.at("noizy.dev/gpu-memory"), 12'000'000);
  EXPECT_DOUBLE_EQ(node.speed, 2);
  EXPECT_EQ(node.labels, (KeyValues{{"kubernetes.io/hostname", "n1"}}));
}

TEST(FromObjects, AClockThatIsNotToldIsTheReference) {
  for (const char* model : {"", "Apple M2 Ultra", "@ GHz", "GHz @ 3", "x @ -1GHz"})
    EXPECT_DOUBLE_EQ(SpeedFrom(model), 1) << model;
  EXPECT_DOUBLE_EQ(SpeedFrom("AMD EPYC 7 @2.5GHz"), 1);
}

TEST(FromObjects, PeersOfATask) {
  const TaskView task = ViewOf(TaskFrom(R"(
spec:
  exec: {command: [x]}
  affinity:
    podAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - {topologyKey: zone, labelSelector: {matchLabels: {app: db}}, namespaces: [b, a]}
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname}]
      preferredDuringSchedulingIgnoredDuringExecution:
      - {weight: 7, podAffinityTerm: {topologyKey: zone, labelSelector: {}}}
)"),
                               {});
  ASSERT_EQ(task.together.size(), 1U);
  EXPECT_EQ(task.together[0].namespaces, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(task.together[0].tasks.Matches({{"app", "db"}}));
  ASSERT_EQ(task.apart.size(), 1U);
  EXPECT_EQ(task.apart[0].namespaces, std::vector<std::string>{"default"});
  EXPECT_FALSE(task.apart[0].tasks.Matches({})) << "no selector means nobody";
  ASSERT_EQ(task.peer_preferences.size(), 1U);
  EXPECT_EQ(task.peer_preferences[0].weight, -7);
  EXPECT_TRUE(task.peer_preferences[0].term.tasks.Matches({})) << "an empty one everybody";
}

TEST(FromObjects, ATaskOnANode) {
  Task task = TaskFrom("spec: {exec: {command: [x]}, failover: Pinned}\n");
  task.status.phase = "Running";
  task.status.node_name = "n1";
  task.status.attempts.resize(1);
  task.status.attempts[0].node_name = "n1";
  task.status.attempts[0].start_time = "2026-01-01T00:00:00Z";
  TaskView view = ViewOf(task, {});
  EXPECT_EQ(view.node, "n1");
  EXPECT_EQ(view.started, FakeClock().Now());
  EXPECT_EQ(view.pinned_to, "") << "as when it waited";
  EXPECT_FALSE(view.leaving);
  task.status.conditions = {{"DisruptionTarget", "True", "Preempted", "", "", 1}};
  EXPECT_TRUE(ViewOf(task, {}).leaving);
}

TEST(FromObjects, WhereToTryAgain) {
  Task task = TaskFrom(
      "spec: {exec: {command: [x]}, retry: {restartsOnNode: 1, elsewhereOnExitCodes: [7]}}\n");
  const auto fail = [&](const std::string& node, std::int64_t code) {
    TaskAttempt& attempt = task.status.attempts.emplace_back();
    attempt.node_name = node;
    attempt.finish_time = "2026-01-01T00:00:00Z";
    attempt.exit_code = code;
    const TaskView view = ViewOf(task, {});
    return view.prefers + "/" + view.avoids;
  };
  EXPECT_EQ(fail("n1", 1), "n1/") << "once more here";
  EXPECT_EQ(fail("n1", 1), "/n1") << "and then elsewhere";
  EXPECT_EQ(fail("n2", 7), "/n2") << "at once, as the exit code says";
  EXPECT_EQ(fail("n2", 0), "/") << "a success says nothing";
  task.status.attempts.back().exit_code = 1;
  task.status.attempts.back().reason = "NodeLost";
  EXPECT_EQ(ViewOf(task, {}).avoids, "") << "nor does a node that was lost";
}

TEST(WorkOf, IsWhatATaskRuns) {
  const auto work = [](const std::string& yaml) { return WorkOf(TaskFrom(yaml)); };
  const std::string a = work("spec: {exec: {command: [render, fast], args: ['1']}}\n");
  EXPECT_EQ(a, work("spec: {exec: {command: [render, fast], args: ['2']}}\n"));
  EXPECT_NE(a, work("spec: {exec: {command: [render, slow]}}\n"));
  EXPECT_NE(a, work("spec: {type: gpu, exec: {command: [render, fast]}}\n"));
  EXPECT_NE(work("spec: {script: {source: a}}\n"), work("spec: {script: {source: b}}\n"));
  Task labelled = TaskFrom("spec: {exec: {command: [x]}}\n");
  labelled.metadata.labels[std::string(kWorkLabel)] = "mine";
  EXPECT_EQ(WorkOf(labelled), "mine");
  // A labelled inference is not learned with commands, nor with another model.
  const std::string small = "spec: {inference: {model: m:1b, prompt: hi}}\n";
  Task inference = TaskFrom(small);
  inference.metadata.labels[std::string(kWorkLabel)] = "mine";
  EXPECT_NE(WorkOf(inference), "mine");
  EXPECT_NE(WorkOf(inference), work(small));
  EXPECT_EQ(work(small), work("spec: {inference: {model: m:1b, prompt: bye, maxTokens: 9}}\n"));
  EXPECT_NE(work(small), work("spec: {inference: {model: m:8b, prompt: hi}}\n"));
}

TEST(FromObjects, AnInference) {
  TaskView task =
      ViewOf(TaskFrom("spec: {inference: {model: m:1b, prompt: hi, maxTokens: 100}}\n"), {});
  EXPECT_EQ(task.model, "m:1b");
  EXPECT_EQ(task.most_tokens, 128);
  task = ViewOf(TaskFrom("spec: {inference: {model: m:1b, prompt: hi}}\n"), {});
  EXPECT_EQ(task.most_tokens, 0);
  EXPECT_EQ(ViewOf(TaskFrom("spec: {exec: {command: [x]}}\n"), {}).model, "");
}

TEST(RunOf, TellsWhatCanBeLearnedFrom) {
  Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  task.status.phase = "Succeeded";
  task.status.execution_time_ms = 2500;
  EXPECT_FALSE(RunOf(task)) << "nobody knows where";
  task.status.attempts.resize(1);
  ASSERT_TRUE(RunOf(task));
  EXPECT_DOUBLE_EQ(RunOf(task)->seconds, 2.5);
  EXPECT_DOUBLE_EQ(RunOf(task)->size, 1);
  task.spec.exec.reset();
  task.spec.inference.emplace();
  EXPECT_DOUBLE_EQ(RunOf(task)->size, 0) << "the server did not count";
  task.status.usage.emplace().completion_tokens = 40;
  EXPECT_DOUBLE_EQ(RunOf(task)->size, 40);
  task.status.phase = "Failed";
  EXPECT_FALSE(RunOf(task));
}

RoutingPolicy PolicyFrom(const std::string& name, const std::string& spec) {
  const auto documents =
      ParseYaml("apiVersion: noizy.dev/v1\nkind: RoutingPolicy\nmetadata: {name: " + name +
                "}\nspec: " + spec + "\n");
  return *RoutingPolicy::FromValue(documents->front().value);
}

TEST(RoutingTable, TheMostSpecificThenPriorityThenName) {
  const RoutingTable table({PolicyFrom("all", "{strategy: BinPack}"),
                            PolicyFrom("b-type", "{taskTypes: [gpu], strategy: Spread}"),
                            PolicyFrom("a-type", "{taskTypes: [gpu], strategy: RoundRobin}"),
                            PolicyFrom("urgent", "{taskTypes: [web], priority: 1}"),
                            PolicyFrom("lazy", "{taskTypes: [web]}"),
                            PolicyFrom("both",
                                       "{taskTypes: [gpu], selector: {matchLabels: {a: b}}, "
                                       "strategy: AI, fallback: [LeastLoaded]}")});
  Task task = TaskFrom("spec: {exec: {command: [x]}}\n");
  const auto route = [&] { return table.RouteOf(task); };
  EXPECT_EQ(route().policy, "all");
  EXPECT_EQ(route().strategies, (std::vector<std::string>{"BinPack", "FastestFinish"}));
  task.spec.type = "gpu";
  EXPECT_EQ(route().policy, "a-type");
  task.metadata.labels = {{"a", "b"}};
  EXPECT_EQ(route().policy, "both");
  EXPECT_EQ(route().strategies, (std::vector<std::string>{"AI", "LeastLoaded", "FastestFinish"}));
  task.spec.type = "web";
  EXPECT_EQ(route().policy, "urgent");
  task.spec.routing.policy = "b-type";
  EXPECT_EQ(route().policy, "b-type");
  task.spec.routing.policy = "no-such";
  EXPECT_EQ(route().policy, "urgent");
  EXPECT_EQ(RoutingTable().RouteOf(task).strategies, std::vector<std::string>{"FastestFinish"});
}

TEST(QuotaFrom, TheLeastOfEachBoundCounts) {
  EXPECT_EQ(CountedBy("requests.cpu"), "cpu");
  EXPECT_EQ(CountedBy("noizy.dev/gpu"), "noizy.dev/gpu");
  EXPECT_EQ(CountedBy("requests.noizy.dev/gpu"), "noizy.dev/gpu");
  EXPECT_EQ(CountedBy("tasks"), "tasks");
  for (const char* name : {"limits.cpu", "pods", "count/tasks.noizy.dev", "requests.tasks"})
    EXPECT_EQ(CountedBy(name), "") << name;
  ResourceQuota wide;
  wide.spec.hard = {{"cpu", "8"}, {"requests.cpu", "6"}, {"tasks", "20"}, {"limits.cpu", "1"}};
  ResourceQuota narrow;
  narrow.spec.hard = {{"requests.memory", "1Gi"}, {"tasks", "10"}};
  const Quota together = QuotaFrom({wide, narrow});
  EXPECT_EQ(together.hard, (Resources{{"cpu", 6000}, {"memory", 1024LL * 1024 * 1024 * 1000}}));
  EXPECT_EQ(together.tasks, 10);
}

TEST(RoutingTableAi, AnAiIsAskedAsItsPolicySays) {
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.spec.strategy = "AI";
  policy.spec.fallback = {"BinPack"};
  policy.spec.ai.emplace();
  policy.spec.ai->mode = "Wait";
  policy.spec.ai->deadline_ms = 20;
  Task task = TaskFrom("spec: {exec: {command: [x]}, routing: {requireAI: true}}");
  const Routing routing = ViewOf(task, RoutingTable({policy})).routing;
  EXPECT_TRUE(routing.require_ai);
  ASSERT_TRUE(routing.ai);
  EXPECT_TRUE(routing.ai->waits);
  EXPECT_TRUE(routing.ai->counts);
  EXPECT_EQ(routing.ai->deadline, std::chrono::milliseconds(20));
  const std::string before = SignatureOf(ViewOf(task, RoutingTable({policy})));
  ++policy.metadata.generation;
  EXPECT_NE(SignatureOf(ViewOf(task, RoutingTable({policy}))), before)
      << "what was said on other terms would be used again";
  policy.spec.strategy = "BinPack";
  EXPECT_FALSE(ViewOf(task, RoutingTable({policy})).routing.ai);
}

}  // namespace
}  // namespace noizy::scheduling
