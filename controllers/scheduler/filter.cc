#include "controllers/scheduler/filter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace noizy::scheduler {
namespace {

std::string NotNamed(const TaskView& task, const NodeView& node) {
  if (task.node_name.empty() || task.node_name == node.name) return {};
  return "did not match the Task's node name \"" + task.node_name + "\"";
}

std::string NotReady(const TaskView&, const NodeView& node) {
  return node.ready ? "" : "were not ready";
}

std::string Cordoned(const TaskView&, const NodeView& node) {
  return node.unschedulable ? "were unschedulable" : "";
}

std::string Tainted(const TaskView& task, const NodeView& node) {
  for (const Taint& taint : node.taints) {
    if (taint.effect == TaintEffect::kPreferNoSchedule || Tolerates(task.tolerations, taint))
      continue;
    return "had untolerated taint {" + taint.key + ": " + taint.value + "}";
  }
  return {};
}

std::string NotSelected(const TaskView& task, const NodeView& node) {
  // Both are sorted by key, so one walk would do; selectors hold one or two entries, so it would
  // not show.
  for (const auto& wanted : task.node_selector) {
    if (std::find(node.labels.begin(), node.labels.end(), wanted) == node.labels.end()) {
      return "did not match the Task's node selector";
    }
  }
  return {};
}

std::string NoAffinity(const TaskView& task, const NodeView& node) {
  const auto& terms = task.required_terms;
  if (terms.empty() || std::any_of(terms.begin(), terms.end(),
                                   [&](const NodeTerm& t) { return Matches(t, node); })) {
    return {};
  }
  return "did not match the Task's node affinity";
}

std::string NotOffered(const TaskView& task, const NodeView& node) {
  if (node.capabilities.contains(task.type)) return {};
  return "did not offer capability \"" + task.type + "\"";
}

std::string PinnedElsewhere(const TaskView& task, const NodeView& node) {
  if (task.pinned_to.empty() || task.pinned_to == node.name) return {};
  return "were not the node the Task is pinned to, \"" + task.pinned_to + "\"";
}

std::string TooFull(const TaskView& task, const NodeView& node) {
  const std::string resource = MissingResource(task.requests, node);
  return resource.empty() ? "" : "had insufficient " + resource;
}

}  // namespace

std::string WhyNot(const TaskView& task, const NodeView& node) {
  static constexpr std::array kFilters = {NotNamed,   NotReady,        Cordoned,
                                          Tainted,    NotSelected,     NoAffinity,
                                          NotOffered, PinnedElsewhere, TooFull};
  for (const auto filter : kFilters) {
    if (std::string reason = filter(task, node); !reason.empty()) return reason;
  }
  return {};
}

std::string MissingResource(const Resources& requests, const NodeView& node) {
  for (const auto& [resource, wanted] : requests) {
    if (wanted <= 0) continue;
    const auto total = node.allocatable.find(resource);
    const auto used = node.requested.find(resource);
    const std::int64_t free = (total == node.allocatable.end() ? 0 : total->second) -
                              (used == node.requested.end() ? 0 : used->second);
    if (wanted > free) return resource;
  }
  return {};
}

bool Tolerates(const std::vector<Toleration>& tolerations, const Taint& taint) {
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const Toleration& toleration) {
    if (toleration.effect && *toleration.effect != taint.effect) return false;
    if (toleration.key.empty()) return toleration.op == Toleration::Operator::kExists;
    if (toleration.key != taint.key) return false;
    return toleration.op == Toleration::Operator::kExists || toleration.value == taint.value;
  });
}

bool Matches(const NodeTerm& term, const NodeView& node) {
  if (term.labels.empty() && term.fields.empty()) return false;
  return term.labels.Matches(node.labels) && term.fields.Matches({{"metadata.name", node.name}});
}

std::string Summarise(const std::vector<std::string>& reasons) {
  const std::string head = "0/" + std::to_string(reasons.size()) + " nodes are available: ";
  if (reasons.empty()) return head + "no node has joined the grid.";
  std::vector<std::pair<std::string, std::size_t>> counts;  // in the order of the nodes
  for (const std::string& reason : reasons) {
    const auto known = std::find_if(counts.begin(), counts.end(),
                                    [&](const auto& entry) { return entry.first == reason; });
    if (known == counts.end()) {
      counts.emplace_back(reason, 1);
    } else {
      ++known->second;
    }
  }
  std::string text = head;
  for (const auto& [reason, count] : counts) {
    const bool first = text.size() == head.size();
    text += (first ? "" : ", ") + std::to_string(count) + (first ? " node(s) " : " ") + reason;
  }
  return text + ".";
}

}  // namespace noizy::scheduler
