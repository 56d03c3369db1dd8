#include "controllers/scheduler/gather.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/condition.h"
#include "machinery/meta/quantity.h"
#include "machinery/meta/time.h"

namespace noizy::scheduler {
namespace {

// The schema has let only quantities through; one that is none all the same counts nothing.
Resources ResourcesOf(const std::map<std::string, IntOrString>& quantities) {
  Resources resources;
  for (const auto& [name, text] : quantities)
    resources[name] = ParseQuantity(text).ValueOr({}).milli;
  return resources;
}

TaintEffect EffectFrom(std::string_view name) {
  if (name == "PreferNoSchedule") return TaintEffect::kPreferNoSchedule;
  return name == "NoExecute" ? TaintEffect::kNoExecute : TaintEffect::kNoSchedule;
}

Toleration TolerationOf(const kinds::Toleration& in) {
  Toleration out;
  out.key = in.key;
  out.op = in.operator_ == "Exists" ? Toleration::Operator::kExists : Toleration::Operator::kEqual;
  out.value = in.value;
  if (!in.effect.empty()) out.effect = EffectFrom(in.effect);
  return out;
}

Requirement::Operator OperatorFrom(std::string_view name) {
  using Operator = Requirement::Operator;
  static const std::map<std::string_view, Operator> kOperators = {
      {"In", Operator::kIn},          {"NotIn", Operator::kNotIn},
      {"Exists", Operator::kExists},  {"DoesNotExist", Operator::kDoesNotExist},
      {"Gt", Operator::kGreaterThan}, {"Lt", Operator::kLessThan}};
  const auto found = kOperators.find(name);
  return found == kOperators.end() ? Operator::kExists : found->second;
}

Selector SelectorOf(const std::vector<NodeSelectorRequirement>& in) {
  std::vector<Requirement> requirements;
  for (const NodeSelectorRequirement& entry : in) {
    Requirement requirement{entry.key, OperatorFrom(entry.operator_), entry.values};
    std::sort(requirement.values.begin(), requirement.values.end());
    requirements.push_back(std::move(requirement));
  }
  return Selector(std::move(requirements));
}

NodeTerm TermOf(const NodeSelectorTerm& in) {
  return {SelectorOf(in.match_expressions), SelectorOf(in.match_fields)};
}

void GatherAffinity(const TaskNodeAffinity& affinity, TaskView& view) {
  if (const auto& required = affinity.required_during_scheduling_ignored_during_execution) {
    for (const NodeSelectorTerm& term : required->node_selector_terms)
      view.required_terms.push_back(TermOf(term));
  }
  for (const PreferredSchedulingTerm& term :
       affinity.preferred_during_scheduling_ignored_during_execution) {
    view.preferences.push_back({term.weight, TermOf(term.preference)});
  }
}

bool DependenciesSucceeded(const Task& task, const Lister<Task>& tasks) {
  const auto& names = task.spec.depends_on;
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    const auto dependency = tasks.Get({task.metadata.ns, name});
    return dependency && dependency->status.phase == "Succeeded";
  });
}

}  // namespace

NodeView ViewOf(const Node& node) {
  NodeView view;
  view.name = node.metadata.name;
  // The lease is looked at too: a Task that was just taken off a silent node must not go back to it
  // because its condition is written a moment later.
  const bool silent = node.status.lease && !node.status.lease->expired_time.empty();
  view.ready =
      IsConditionTrue(node.status.conditions, "Ready") && !silent && !node.metadata.BeingDeleted();
  view.unschedulable = node.spec.unschedulable;
  view.labels.assign(node.metadata.labels.begin(), node.metadata.labels.end());
  for (const kinds::Taint& taint : node.spec.taints)
    view.taints.push_back({taint.key, taint.value, EffectFrom(taint.effect)});
  view.capabilities.insert(node.spec.capabilities.begin(), node.spec.capabilities.end());
  view.capabilities.insert(node.status.capabilities.begin(), node.status.capabilities.end());
  view.allocatable =
      ResourcesOf(node.status.allocatable.empty() ? node.status.capacity : node.status.allocatable);
  return view;
}

TaskView ViewOf(const Task& task) {
  TaskView view;
  view.key = task.metadata.Key();
  view.created = task.metadata.creation_timestamp;
  view.priority = task.spec.priority;
  view.type = task.spec.type;
  view.node_name = task.spec.node_name;
  view.node_selector.assign(task.spec.node_selector.begin(), task.spec.node_selector.end());
  if (task.spec.affinity && task.spec.affinity->node_affinity)
    GatherAffinity(*task.spec.affinity->node_affinity, view);
  for (const kinds::Toleration& toleration : task.spec.tolerations)
    view.tolerations.push_back(TolerationOf(toleration));
  view.requests = RequestsOf(task);
  if (task.spec.failover == "Pinned" && !task.status.attempts.empty())
    view.pinned_to = task.status.attempts.back().node_name;
  const Result<WallTime> not_before = ParseTime(task.status.next_attempt_time);
  if (not_before.ok()) view.not_before = *not_before;
  return view;
}

Resources RequestsOf(const Task& task) {
  return ResourcesOf(task.spec.resources.requests);
}

bool HoldsResources(const Task& task) {
  return !task.status.node_name.empty() &&
         (task.status.phase == "Scheduled" || task.status.phase == "Running");
}

bool IsWaiting(const Task& task, const Lister<Task>& tasks) {
  if (task.status.phase != "Pending" || task.spec.suspend || task.metadata.BeingDeleted())
    return false;
  return !task.status.attempts.empty() || DependenciesSucceeded(task, tasks);
}

}  // namespace noizy::scheduler
