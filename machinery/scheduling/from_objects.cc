#include "machinery/scheduling/from_objects.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <tuple>
#include <utility>

#include "machinery/meta/condition.h"
#include "machinery/meta/quantity.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/estimates.h"
#include "machinery/scheduling/filters.h"
#include "machinery/scheduling/strategies.h"

namespace noizy::scheduling {
namespace {

KeyValues Sorted(const std::map<std::string, std::string>& labels) {
  return {labels.begin(), labels.end()};
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

/// As in Kubernetes, no selector means no Task, and an empty one all.
Selector SelectorOf(const Value& in) {
  if (in.is_null()) return Selector({{"none", Requirement::Operator::kIn, {}}});
  return LabelSelectorOf(in).ValueOr({});
}

NodeTerm TermOf(const NodeSelectorTerm& in) {
  return {SelectorOf(in.match_expressions), SelectorOf(in.match_fields)};
}

void GatherNodeAffinity(const TaskNodeAffinity& affinity, TaskView& view) {
  if (const auto& required = affinity.required_during_scheduling_ignored_during_execution) {
    for (const NodeSelectorTerm& term : required->node_selector_terms)
      view.required_terms.push_back(TermOf(term));
  }
  for (const PreferredSchedulingTerm& term :
       affinity.preferred_during_scheduling_ignored_during_execution) {
    view.preferences.push_back({term.weight, TermOf(term.preference)});
  }
}

PeerTerm TermOf(const TaskPeerTerm& in, const std::string& own_namespace) {
  PeerTerm term{SelectorOf(in.label_selector), in.namespaces, in.topology_key};
  if (term.namespaces.empty()) term.namespaces = {own_namespace};
  std::sort(term.namespaces.begin(), term.namespaces.end());
  return term;
}

void GatherPeers(const TaskPeerAffinity& affinity, std::int64_t sign, TaskView& view) {
  auto& required = sign > 0 ? view.together : view.apart;
  for (const auto& term : affinity.required_during_scheduling_ignored_during_execution)
    required.push_back(TermOf(term, view.key.ns));
  for (const auto& term : affinity.preferred_during_scheduling_ignored_during_execution)
    view.peer_preferences.push_back(
        {sign * term.weight, TermOf(term.pod_affinity_term, view.key.ns)});
}

void GatherAffinity(const TaskAffinity& affinity, TaskView& view) {
  if (affinity.node_affinity) GatherNodeAffinity(*affinity.node_affinity, view);
  if (affinity.pod_affinity) GatherPeers(*affinity.pod_affinity, 1, view);
  if (affinity.pod_anti_affinity) GatherPeers(*affinity.pod_anti_affinity, -1, view);
}

void GatherInference(const TaskInference& inference, TaskView& view) {
  constexpr std::uint64_t kMostTokens = std::uint64_t{1} << 40;
  const auto most =
      static_cast<std::uint64_t>(std::max<std::int64_t>(inference.max_tokens.value_or(0), 0));
  view.model = inference.model;
  view.most_tokens =
      most == 0 ? 0 : static_cast<std::int64_t>(std::bit_ceil(std::min(most, kMostTokens)));
}

std::string Annotation(const ObjectMeta& metadata, std::string_view key) {
  const auto found = metadata.annotations.find(std::string(key));
  return found == metadata.annotations.end() ? "" : found->second;
}

void GatherData(const Task& task, TaskView& view) {
  const std::string bytes = Annotation(task.metadata, kDataBytes);
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), view.data_bytes);
  view.data_node = Annotation(task.metadata, kDataNode);
}

/// By its own fault: not lost with its node, not stopped.
bool Failed(const TaskAttempt& attempt) {
  return !attempt.finish_time.empty() && attempt.reason != "NodeLost" && attempt.reason != "Lost" &&
         attempt.reason != "Cancelled" &&
         (attempt.exit_code.value_or(1) != 0 || attempt.signal.value_or(0) != 0);
}

/// The shell's convention: 128 + the signal that ended it.
std::int64_t ExitCodeOf(const TaskAttempt& attempt) {
  const std::int64_t signal = attempt.signal.value_or(0);
  return signal != 0 ? 128 + signal : attempt.exit_code.value_or(0);
}

bool Holds(const std::vector<std::int64_t>& codes, std::int64_t code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// The latest failures on one and the same node.
std::int64_t FailuresInARow(const std::vector<TaskAttempt>& attempts) {
  std::int64_t count = 0;
  for (auto attempt = attempts.rbegin(); attempt != attempts.rend() && Failed(*attempt) &&
                                         attempt->node_name == attempts.back().node_name;
       ++attempt)
    ++count;
  return count;
}

/// What the attempts so far say about the next one.
void GatherAttempts(const Task& task, TaskView& view) {
  const Result<WallTime> not_before = ParseTime(task.status.next_attempt_time);
  if (not_before.ok()) view.not_before = *not_before;
  if (task.status.attempts.empty()) return;
  const std::string& last = task.status.attempts.back().node_name;
  if (view.pinned) view.pinned_to = last;
  if (!Failed(task.status.attempts.back())) return;
  const TaskRetry& retry = task.spec.retry;
  const std::int64_t in_a_row = FailuresInARow(task.status.attempts);
  if (Holds(retry.elsewhere_on_exit_codes, ExitCodeOf(task.status.attempts.back())) ||
      (retry.restarts_on_node > 0 && in_a_row > retry.restarts_on_node)) {
    view.avoids = last;
  } else if (in_a_row <= retry.restarts_on_node) {
    view.prefers = last;
  }
}

void GatherPlace(const Task& task, TaskView& view) {
  view.node = task.status.node_name;
  view.leaving =
      IsConditionTrue(task.status.conditions, kDisruptionTarget) || task.metadata.BeingDeleted();
  const Result<WallTime> started =
      ParseTime(task.status.attempts.empty() ? "" : task.status.attempts.back().start_time);
  if (started.ok()) view.started = *started;
}

}  // namespace

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

double SpeedFrom(std::string_view cpu_model) {
  const auto unit = cpu_model.rfind("GHz");
  const auto at = cpu_model.rfind('@');
  if (unit == std::string_view::npos || at == std::string_view::npos || at > unit) return 1;
  std::string_view number = cpu_model.substr(at + 1, unit - at - 1);
  while (number.starts_with(' ')) number.remove_prefix(1);
  double gigahertz = 0;
  std::from_chars(number.data(), number.data() + number.size(), gigahertz);
  return gigahertz > 0 ? gigahertz / kReferenceGigahertz : 1;
}

NodeView ViewOf(const Node& node) {
  NodeView view;
  view.name = node.metadata.name;
  // The lease is looked at too: a Task that was just taken off a silent node must not go back to it
  // because its condition is written a moment later.
  const bool silent = node.status.lease && !node.status.lease->expired_time.empty();
  view.ready =
      IsConditionTrue(node.status.conditions, "Ready") && !silent && !node.metadata.BeingDeleted();
  view.unschedulable = node.spec.unschedulable;
  view.labels = Sorted(node.metadata.labels);
  // A node is a place of its own even where nobody labelled it.
  if (!node.metadata.labels.contains(std::string(kHostnameLabel))) {
    view.labels.emplace_back(kHostnameLabel, view.name);
    std::sort(view.labels.begin(), view.labels.end());
  }
  for (const kinds::Taint& taint : node.spec.taints)
    view.taints.push_back({taint.key, taint.value, EffectFrom(taint.effect)});
  view.capabilities.insert(node.spec.capabilities.begin(), node.spec.capabilities.end());
  view.capabilities.insert(node.status.capabilities.begin(), node.status.capabilities.end());
  view.allocatable =
      ResourcesOf(node.status.allocatable.empty() ? node.status.capacity : node.status.allocatable);
  if (node.status.usage)
    view.model_requests = std::max<std::int64_t>(node.status.usage->model_requests, 0);
  if (!node.status.node_info) return view;
  std::int64_t gpu_memory = 0;
  for (const NodeGpu& gpu : node.status.node_info->gpus) {
    view.gpu_memory.push_back(gpu.memory_bytes * 1000);
    gpu_memory += gpu.memory_bytes * 1000;
  }
  if (gpu_memory > 0) view.allocatable.try_emplace("noizy.dev/gpu-memory", gpu_memory);
  view.speed = SpeedFrom(node.status.node_info->cpu_model);
  return view;
}

bool RoutingTable::Entry::Matches(const Task& task, const KeyValues& labels) const {
  const auto& types = policy.spec.task_types;
  return (types.empty() || std::find(types.begin(), types.end(), task.spec.type) != types.end()) &&
         selector.Matches(labels);
}

RoutingTable::RoutingTable(std::vector<RoutingPolicy> policies) {
  for (RoutingPolicy& policy : policies) {
    // One that cannot be read is a wish that nobody understands.
    if (const auto plan = ReadAppliedPlan(Annotation(policy.metadata, kAppliedPlanAnnotation));
        plan.ok())
      planned_.Add(policy.metadata.name, *plan);
    Entry entry;
    if (!policy.spec.selector.is_null()) entry.selector = SelectorOf(policy.spec.selector);
    entry.requirements =
        entry.selector.requirements().size() + (policy.spec.task_types.empty() ? 0 : 1);
    entry.policy = std::move(policy);
    entries_.push_back(std::move(entry));
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tuple(b.requirements, b.policy.spec.priority, a.policy.metadata.name) <
           std::tuple(a.requirements, a.policy.spec.priority, b.policy.metadata.name);
  });
}

namespace {

AiRouting AiRoutingOf(const RoutingAi& ai, std::int64_t generation) {
  AiRouting routing;
  routing.generation = generation;
  routing.waits = ai.mode == "Wait";
  routing.counts = ai.mode != "Shadow";
  routing.band_percent = ai.band_percent;
  routing.deadline = std::chrono::milliseconds(ai.deadline_ms);
  routing.keeps = std::chrono::seconds(ai.cache_seconds);
  return routing;
}

}  // namespace

Routing RoutingTable::RouteOf(const Task& task) const {
  const KeyValues labels = Sorted(task.metadata.labels);
  const std::string named = task.spec.routing.policy;
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return !named.empty() && entry.policy.metadata.name == named;
  });
  if (found == entries_.end()) {
    found = std::find_if(entries_.begin(), entries_.end(),
                         [&](const Entry& entry) { return entry.Matches(task, labels); });
  }
  Routing routing;
  routing.require_ai = task.spec.routing.require_ai;
  if (found != entries_.end()) {
    if (found->policy.spec.strategy == kAiStrategy)
      routing.ai = AiRoutingOf(found->policy.spec.ai.value_or(RoutingAi()),
                               found->policy.metadata.generation);
    routing.policy = found->policy.metadata.name;
    routing.strategies = {found->policy.spec.strategy};
    const auto& fallback = found->policy.spec.fallback;
    routing.strategies.insert(routing.strategies.end(), fallback.begin(), fallback.end());
  }
  routing.strategies.emplace_back(kDefaultStrategy);
  return routing;
}

TaskView ViewOf(const Task& task, const RoutingTable& routing) {
  TaskView view;
  view.key = task.metadata.Key();
  view.created = task.metadata.creation_timestamp;
  view.labels = Sorted(task.metadata.labels);
  view.priority = task.spec.priority;
  view.type = task.spec.type;
  if (task.spec.inference) GatherInference(*task.spec.inference, view);
  view.node_name = task.spec.node_name;
  view.node_selector = Sorted(task.spec.node_selector);
  if (task.spec.affinity) GatherAffinity(*task.spec.affinity, view);
  for (const kinds::Toleration& toleration : task.spec.tolerations)
    view.tolerations.push_back(TolerationOf(toleration));
  view.requests = RequestsOf(task);
  view.pinned = task.spec.failover == "Pinned";
  view.fenced = task.spec.failover == "AtMostOnce";
  view.work = WorkOf(task);
  view.routing = routing.RouteOf(task);
  if (const PlannedNode* planned = routing.planned().Of(task)) view.planned = *planned;
  // Whoever ran before is of a gang that has started: others of it may have ended since, and it
  // would wait for them for ever.
  if (task.spec.gang && (task.status.attempt == 0 || HoldsResources(task)))
    view.gang = Gang{task.spec.gang->name, task.spec.gang->size};
  GatherData(task, view);
  HoldsResources(task) ? GatherPlace(task, view) : GatherAttempts(task, view);
  return view;
}

Resources RequestsOf(const Task& task) {
  Resources requests = ResourcesOf(task.spec.resources.requests);
  requests.merge(ResourcesOf(task.spec.resources.limits));
  return requests;
}

std::string WorkOf(const Task& task) {
  const auto label = task.metadata.labels.find(std::string(kWorkLabel));
  const bool labelled = label != task.metadata.labels.end();
  std::string work = labelled ? label->second : task.spec.type;
  const auto add = [&work](std::string_view part) { work.append(1, '\0').append(part); };
  // Its run time is a token's: that of no other work.
  if (task.spec.inference) add(task.spec.inference->model);
  if (labelled) return work;
  if (task.spec.exec) {
    for (const std::string& word : task.spec.exec->command) add(word);
  }
  if (task.spec.script) add(std::to_string(HashOf(task.spec.script->source)));
  return work;
}

std::optional<Run> RunOf(const Task& task) {
  const TaskStatus& status = task.status;
  if (status.phase != "Succeeded" || !status.execution_time_ms || status.attempts.empty())
    return std::nullopt;
  Run run{static_cast<double>(*status.execution_time_ms) / 1000};
  if (!task.spec.inference) return run;
  run.size = status.usage ? static_cast<double>(status.usage->completion_tokens.value_or(0)) : 0;
  return run;
}

std::string CountedBy(const std::string& name) {
  constexpr std::string_view kRequests = "requests.";
  const std::string bare = name.starts_with(kRequests) ? name.substr(kRequests.size()) : name;
  const bool extended = bare.find('/') != std::string::npos && !bare.starts_with("count/");
  const bool known = bare == "cpu" || bare == "memory" || bare == "ephemeral-storage" ||
                     (bare == kTasksResource && bare == name);
  return known || extended ? bare : "";
}

Quota QuotaFrom(const std::vector<ResourceQuota>& quotas) {
  Quota together;
  for (const ResourceQuota& quota : quotas) {
    for (const auto& [name, text] : quota.spec.hard) {
      const std::string counted = CountedBy(name);
      const Result<Quantity> bound = ParseQuantity(text);
      if (counted.empty() || !bound.ok()) continue;
      if (counted == kTasksResource) {
        together.tasks = std::min(together.tasks.value_or(bound->Whole()), bound->Whole());
        continue;
      }
      const auto [least, first] = together.hard.try_emplace(counted, bound->milli);
      least->second = std::min(least->second, bound->milli);
    }
  }
  return together;
}

bool HoldsResources(const Task& task) {
  return !task.status.node_name.empty() &&
         (task.status.phase == "Scheduled" || task.status.phase == "Running");
}

bool MayWait(const Task& task) {
  return task.status.phase == "Pending" && !task.spec.suspend && !task.metadata.BeingDeleted();
}

}  // namespace noizy::scheduling
