#include "machinery/scheduling/filters.h"

#include <algorithm>
#include <map>
#include <utility>

namespace noizy::scheduling {
namespace {

std::string NodeName(const FilterInput& in) {
  if (in.task.node_name.empty() || in.task.node_name == in.node.name) return {};
  return "did not match the Task's node name \"" + in.task.node_name + "\"";
}

std::string Ready(const FilterInput& in) {
  return in.node.ready ? "" : "were not ready";
}

std::string Cordon(const FilterInput& in) {
  return in.node.unschedulable ? "were unschedulable" : "";
}

std::string TaintToleration(const FilterInput& in) {
  for (const Taint& taint : in.node.taints) {
    if (taint.effect == TaintEffect::kPreferNoSchedule || Tolerates(in.task.tolerations, taint))
      continue;
    return "had untolerated taint {" + taint.key + ": " + taint.value + "}";
  }
  return {};
}

std::string NodeSelector(const FilterInput& in) {
  const auto& labels = in.node.labels;
  const auto& wanted = in.task.node_selector;
  const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
  });
  return all ? "" : "did not match the Task's node selector";
}

std::string NodeAffinity(const FilterInput& in) {
  const auto& terms = in.task.required_terms;
  if (terms.empty() || std::any_of(terms.begin(), terms.end(),
                                   [&](const NodeTerm& t) { return Matches(t, in.node); })) {
    return {};
  }
  return "did not match the Task's node affinity";
}

std::string Capability(const FilterInput& in) {
  if (in.node.capabilities.contains(in.task.type)) return {};
  return "did not offer capability \"" + in.task.type + "\"";
}

std::string Model(const FilterInput& in) {
  if (in.task.model.empty() ||
      in.node.capabilities.contains(std::string(kModelPrefix).append(in.task.model))) {
    return {};
  }
  return "did not offer model \"" + in.task.model + "\"";
}

std::string Fencing(const FilterInput& in) {
  return !in.task.fenced || in.node.capabilities.contains("fencing")
             ? ""
             : "could not fence an AtMostOnce Task (they lack PID namespaces)";
}

std::string Pinned(const FilterInput& in) {
  if (in.task.pinned_to.empty() || in.task.pinned_to == in.node.name) return {};
  return "were not the node the Task is pinned to, \"" + in.task.pinned_to + "\"";
}

std::string Room(const FilterInput& in) {
  const std::string resource =
      MissingResource(in.task.requests, in.node.allocatable, in.usage.requested);
  return resource.empty() ? "" : "had insufficient " + resource;
}

// Memory of several GPUs does not add up for one program: each GPU given must have its share.
std::string GpuMemory(const FilterInput& in) {
  const std::int64_t wanted = At(in.task.requests, "noizy.dev/gpu-memory");
  if (wanted <= 0) return {};
  const std::int64_t gpus = std::max<std::int64_t>(1, At(in.task.requests, "noizy.dev/gpu") / 1000);
  const auto& sizes = in.node.gpu_memory;
  const auto large = std::count_if(sizes.begin(), sizes.end(),
                                   [&](std::int64_t size) { return size >= wanted / gpus; });
  return sizes.empty() || large >= gpus ? "" : "had no GPU with enough memory";
}

std::string TaskAffinity(const FilterInput& in) {
  return in.peers.MissesCompany() ? "did not run the Tasks that this one must be beside" : "";
}

std::string TaskAntiAffinity(const FilterInput& in) {
  return in.peers.InBadCompany() ? "ran Tasks that this one must not be beside" : "";
}

bool MentionsHostname(const Selector& selector) {
  const auto& all = selector.requirements();
  return std::any_of(all.begin(), all.end(),
                     [](const Requirement& r) { return r.key == kHostnameLabel; });
}

constexpr Filter kFilters[] = {
    {"NodeName", FilterScope::kNodeClass, HelpedBy::kNodeFacts, NodeName},
    {"Ready", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Ready},
    {"Cordon", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Cordon},
    {"TaintToleration", FilterScope::kNodeClass, HelpedBy::kNodeFacts, TaintToleration},
    {"NodeSelector", FilterScope::kNodeClass, HelpedBy::kNodeFacts, NodeSelector},
    {"NodeAffinity", FilterScope::kNodeClass, HelpedBy::kNodeFacts, NodeAffinity},
    {"Model", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Model},
    {"Capability", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Capability},
    {"Fencing", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Fencing},
    {"Pinned", FilterScope::kNodeClass, HelpedBy::kNodeFacts, Pinned},
    {"GpuMemory", FilterScope::kNodeClass, HelpedBy::kNodeFacts, GpuMemory},
    {"Room", FilterScope::kNode, HelpedBy::kRoom, Room},
    {"TaskAffinity", FilterScope::kPeers, HelpedBy::kPeers, TaskAffinity},
    {"TaskAntiAffinity", FilterScope::kPeers, HelpedBy::kPeers, TaskAntiAffinity},
};

}  // namespace

std::span<const Filter> Filters() {
  return kFilters;
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

bool LooksAtNames(const TaskView& task) {
  if (!task.node_name.empty() || !task.pinned_to.empty()) return true;
  const auto by_host = [](const auto& label) { return label.first == kHostnameLabel; };
  if (std::any_of(task.node_selector.begin(), task.node_selector.end(), by_host)) return true;
  return std::any_of(task.required_terms.begin(), task.required_terms.end(), [](const NodeTerm& t) {
    return !t.fields.empty() || MentionsHostname(t.labels);
  });
}

std::string NodeClassOf(const NodeView& node) {
  std::string text = node.ready ? "r" : "-";
  text += node.unschedulable ? 'c' : '-';
  const auto add = [&text](std::string_view part) { text.append(1, '\0').append(part); };
  for (const auto& [key, value] : node.labels) {
    if (key == kHostnameLabel) continue;
    add(key);
    add(value);
  }
  add("\x01");
  for (const Taint& taint : node.taints) {
    add(taint.key);
    add(taint.value);
    text += static_cast<char>('0' + static_cast<int>(taint.effect));
  }
  add("\x01");
  for (const std::string& capability : node.capabilities) add(capability);
  for (const std::int64_t size : node.gpu_memory) add(std::to_string(size));
  return text;
}

std::string Summarise(const std::vector<std::string>& reasons) {
  std::string text = "0/" + std::to_string(reasons.size());
  text += " nodes are available: ";
  if (reasons.empty()) return text + "no node has joined the grid.";
  std::map<std::string_view, std::size_t> counts;
  for (const std::string& reason : reasons) ++counts[reason];
  std::vector<std::pair<std::string_view, std::size_t>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  const char* between = "";
  for (const auto& [reason, count] : sorted) {
    text += between;
    text += std::to_string(count);
    text += *between == '\0' ? " node(s) " : " ";
    text += reason;
    between = ", ";
  }
  return text + ".";
}

}  // namespace noizy::scheduling
