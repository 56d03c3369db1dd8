// Grids and Tasks for the scheduling core's tests, small and by hand or large and from a seed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "machinery/base/random.h"
#include "machinery/scheduling/decide.h"

namespace noizy::scheduling {

inline constexpr std::int64_t kCore = 1000;
inline constexpr std::int64_t kGi = 1024LL * 1024 * 1024 * 1000;
inline const WallTime kNow{std::chrono::seconds(1'800'000'000)};

/// A ready node of 4 cores and 8 Gi that runs "exec".
inline NodeView NodeNamed(std::string name, std::int64_t cores = 4) {
  NodeView node;
  node.name = std::move(name);
  node.ready = true;
  node.labels = {{std::string(kHostnameLabel), node.name}};
  node.capabilities = {"exec"};
  node.allocatable = {{"cpu", cores * kCore}, {"memory", 8 * kGi}};
  return node;
}

/// A Task of type "exec" that asks for so many cores.
inline TaskView TaskNamed(std::string name, std::int64_t cores = 0) {
  TaskView task;
  task.key = {"default", std::move(name)};
  task.created = "2026-01-01T00:00:00Z";
  task.type = "exec";
  task.work = "exec true";
  task.routing.strategies = {"LeastLoaded"};
  if (cores > 0) task.requests = {{"cpu", cores * kCore}};
  return task;
}

inline TaskView On(TaskView task, std::string node) {
  task.node = std::move(node);
  return task;
}

inline Requirement In(std::string key, std::vector<std::string> values) {
  return {std::move(key), Requirement::Operator::kIn, std::move(values)};
}

/// Tasks labelled app=…, in the namespace "default".
inline PeerTerm Beside(std::string app, std::string topology = std::string(kHostnameLabel)) {
  return {Selector({In("app", {std::move(app)})}), {"default"}, std::move(topology)};
}

inline TaskView Labelled(TaskView task, std::string app) {
  task.labels = {{"app", std::move(app)}};
  return task;
}

/// "a→n1 b→n2": the plan's bindings in order.
inline std::string Bound(const Plan& plan) {
  std::string text;
  for (const Binding& binding : plan.bindings)
    text += (text.empty() ? "" : " ") + binding.task.name + "→" + binding.node;
  return text;
}

inline std::string MessageFor(const Plan& plan, const std::string& task) {
  for (const Unschedulable& entry : plan.unschedulable) {
    for (const ObjectKey& key : entry.tasks) {
      if (key.name == task) return entry.message;
    }
  }
  return "";
}

/// Random nodes and Tasks, of which some fit nowhere, some run already, some are gangs.
class RandomGrid {
 public:
  explicit RandomGrid(std::uint64_t seed) : random_(seed) {}

  std::vector<NodeView> Nodes() {
    std::vector<NodeView> nodes(random_.Below(7));
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = Node("node-" + std::to_string(i));
    return nodes;
  }
  std::vector<TaskView> Tasks(std::uint64_t most) {
    std::vector<TaskView> tasks(random_.Below(most));
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i] = Task("task-" + std::to_string(i));
    return tasks;
  }
  bool OneIn(std::uint64_t n) { return random_.Below(n) == 0; }
  std::uint64_t Below(std::uint64_t n) { return random_.Below(n); }

  NodeView Node(std::string name) {
    NodeView node = NodeNamed(std::move(name));
    node.ready = !OneIn(8);
    node.unschedulable = OneIn(8);
    if (OneIn(3)) node.capabilities.insert("gpu");
    if (OneIn(2)) node.labels.emplace_back("zone", OneIn(2) ? "a" : "b");
    if (OneIn(4)) node.taints = {{"gpu", "true", static_cast<TaintEffect>(Below(3))}};
    node.allocatable = {{"cpu", Amount(8) * kCore}, {"memory", Amount(16) * kGi}};
    node.speed = 1 + static_cast<double>(Below(4));
    return node;
  }

  TaskView Task(std::string name) {
    TaskView task = TaskNamed(std::move(name));
    task.key.ns = OneIn(3) ? "other" : "default";
    task.priority = Amount(3);
    task.work = "work-" + std::to_string(Below(3));
    task.routing.strategies = {std::string(Strategies()[Below(Strategies().size())].name)};
    if (OneIn(3)) task.labels = {{"app", OneIn(2) ? "a" : "b"}};
    if (OneIn(2)) task.requests = {{"cpu", Amount(6) * kCore / 2}, {"memory", Amount(6) * kGi}};
    Restrict(task);
    Relate(task);
    if (OneIn(5)) AskAnAi(task);
    return task;
  }

 private:
  std::int64_t Amount(std::uint64_t most) { return static_cast<std::int64_t>(Below(most + 1)); }

  void Restrict(TaskView& task) {
    if (OneIn(6)) task.type = "gpu";
    if (OneIn(12)) task.node_name = "node-" + std::to_string(Below(6));
    if (OneIn(8)) task.node_selector = {{"zone", "a"}};
    if (OneIn(8)) task.required_terms = {{Selector({In("zone", {"b"})}), {}}};
    if (OneIn(3)) task.tolerations = {{"gpu", Toleration::Operator::kExists, "", {}}};
    task.pinned = OneIn(10);
    if (task.pinned && OneIn(2)) task.pinned_to = "node-1";
    if (OneIn(6)) {
      const WallTime until = kNow + std::chrono::seconds(Below(120));
      task.planned = {"node-" + std::to_string(Below(7)), until, "p", "local", "tiny", "So it is."};
    }
  }
  void AskAnAi(TaskView& task) {
    AiRouting ai;
    ai.waits = OneIn(2);
    ai.counts = !OneIn(4);
    ai.band_percent = 100;
    task.routing.policy = "ask";
    task.routing.strategies.insert(task.routing.strategies.begin(), "AI");
    task.routing.ai = ai;
    task.routing.require_ai = OneIn(4);
  }
  void Relate(TaskView& task) {
    const std::string topology = OneIn(2) ? "zone" : std::string(kHostnameLabel);
    if (OneIn(6)) task.apart = {Beside(OneIn(2) ? "a" : "b", topology)};
    if (OneIn(10)) task.together = {Beside(OneIn(2) ? "a" : "b", topology)};
    if (OneIn(8)) task.peer_preferences = {{OneIn(2) ? 50 : -50, Beside("a", topology)}};
    if (OneIn(8)) task.gang = OneIn(2) ? Gang{"pair", 2} : Gang{"quartet", 4};
  }

  SeededRandom random_;
};

}  // namespace noizy::scheduling
