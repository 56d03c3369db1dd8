// Grids and Tasks for the scheduler's tests, small and by hand or large and from a seed.
#pragma once

#include <string>
#include <utility>

#include "controllers/scheduler/snapshot.h"
#include "machinery/base/random.h"

namespace noizy::scheduler {

inline constexpr std::int64_t kCore = 1000;
inline constexpr std::int64_t kGi = 1024LL * 1024 * 1024 * 1000;

/// A ready node of 4 cores and 8 Gi that runs "exec".
inline NodeView NodeNamed(std::string name) {
  NodeView node;
  node.name = std::move(name);
  node.ready = true;
  node.capabilities = {"exec"};
  node.allocatable = {{"cpu", 4 * kCore}, {"memory", 8 * kGi}};
  return node;
}

/// A Task of type "exec" that asks for nothing.
inline TaskView TaskNamed(std::string name) {
  TaskView task;
  task.key = {"default", std::move(name)};
  task.created = "2026-01-01T00:00:00Z";
  task.type = "exec";
  return task;
}

inline Requirement In(std::string key, std::vector<std::string> values) {
  return {std::move(key), Requirement::Operator::kIn, std::move(values)};
}

/// Random nodes and Tasks, of which some fit nowhere.
class RandomGrid {
 public:
  explicit RandomGrid(std::uint64_t seed) : random_(seed) {}

  Snapshot Make() {
    Snapshot snapshot;
    const auto nodes = random_.Below(8);
    for (std::uint64_t i = 0; i < nodes; ++i)
      snapshot.nodes.push_back(Node("node-" + std::to_string(i)));
    const auto tasks = random_.Below(30);
    for (std::uint64_t i = 0; i < tasks; ++i)
      snapshot.tasks.push_back(Task("task-" + std::to_string(i)));
    return snapshot;
  }

 private:
  bool OneIn(std::uint64_t n) { return random_.Below(n) == 0; }
  std::int64_t Amount(std::uint64_t most) {
    return static_cast<std::int64_t>(random_.Below(most + 1));
  }

  NodeView Node(std::string name) {
    NodeView node = NodeNamed(std::move(name));
    node.ready = !OneIn(6);
    node.unschedulable = OneIn(6);
    if (OneIn(3)) node.capabilities.insert("gpu");
    if (OneIn(3)) node.labels = {{"zone", OneIn(2) ? "a" : "b"}};
    if (OneIn(4)) node.taints = {{"gpu", "true", static_cast<TaintEffect>(random_.Below(3))}};
    node.allocatable = {{"cpu", Amount(8) * kCore}, {"memory", Amount(16) * kGi}};
    if (OneIn(2)) node.requested = {{"cpu", Amount(4) * kCore}};
    node.tasks = Amount(5);
    return node;
  }

  TaskView Task(std::string name) {
    TaskView task = TaskNamed(std::move(name));
    task.priority = Amount(3);
    if (OneIn(4)) task.type = "gpu";
    if (OneIn(8)) task.node_name = "node-" + std::to_string(random_.Below(8));
    if (OneIn(6)) task.node_selector = {{"zone", "a"}};
    if (OneIn(6)) task.required_terms = {{Selector({In("zone", {"b"})}), {}}};
    if (OneIn(3)) task.tolerations = {{"gpu", Toleration::Operator::kExists, "", {}}};
    if (OneIn(2)) task.requests = {{"cpu", Amount(3) * kCore / 2}, {"memory", Amount(6) * kGi}};
    if (OneIn(10)) task.pinned_to = "node-1";
    return task;
  }

  SeededRandom random_;
};

}  // namespace noizy::scheduler
