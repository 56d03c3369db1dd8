// What the scheduler decides on, as plain values: nodes, Tasks, and how a Task wants to be routed.
// Made from objects in from_objects.h, kept in a Grid (grid.h).
//
// Resources are thousandths of their unit (milli-CPUs, milli-bytes), as Quantity counts them, so
// that sums are exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/selector.h"

namespace noizy::scheduling {

/// By resource name: "cpu", "memory", "ephemeral-storage", "noizy.dev/gpu", "noizy.dev/gpu-memory".
using Resources = std::map<std::string, std::int64_t>;

void AddTo(Resources& sum, const Resources& more);
/// Entries that reach zero are dropped, so that equal sums compare equal.
void TakeFrom(Resources& sum, const Resources& less);
/// 0 when there is none.
std::int64_t At(const Resources& resources, const std::string& name);
/// The first resource of which too little is left; "" when all fit.
std::string MissingResource(const Resources& requests, const Resources& total,
                            const Resources& used);

/// The same for the same text everywhere.
std::uint64_t HashOf(std::string_view text);

enum class TaintEffect : std::uint8_t { kNoSchedule, kPreferNoSchedule, kNoExecute };

struct Taint {
  std::string key;
  std::string value;
  TaintEffect effect = TaintEffect::kNoSchedule;

  bool operator==(const Taint&) const = default;
};

/// As a Pod's. An empty key tolerates every key, no effect every effect.
struct Toleration {
  enum class Operator : std::uint8_t { kEqual, kExists };
  std::string key;
  Operator op = Operator::kEqual;
  std::string value;
  std::optional<TaintEffect> effect;
};

/// A node selector term: its label expressions and its fields (metadata.name) must all match. A
/// term without either matches nothing.
struct NodeTerm {
  Selector labels;
  Selector fields;
};

struct Preference {
  std::int64_t weight = 0;  // 1 to 100
  NodeTerm term;
};

/// Which Tasks are meant, and which node label says what counts as the same place.
struct PeerTerm {
  Selector tasks;
  std::vector<std::string> namespaces;  // sorted
  std::string topology_key;
};

struct PeerPreference {
  std::int64_t weight = 0;  // negative: rather not beside them
  PeerTerm term;
};

struct NodeView {
  std::string name;
  bool ready = false;
  bool unschedulable = false;
  KeyValues labels;
  std::vector<Taint> taints;
  std::set<std::string> capabilities;
  Resources allocatable;
  /// Memory of each GPU, in thousandths of a byte.
  std::vector<std::int64_t> gpu_memory;
  /// How fast one core is; 1 for a clock of kReferenceGigahertz.
  double speed = 1;
  /// At its model servers, as last reported; those of the grid's own Tasks are among them.
  std::int64_t model_requests = 0;

  bool operator==(const NodeView&) const = default;
};

/// Tasks of which all start, or none: at least `size` of that name in the namespace.
struct Gang {
  std::string name;
  std::int64_t size = 0;
};

/// How an AI is asked where strategy AI is the policy's first.
struct AiRouting {
  /// The policy's: what a model said on other terms does not hold on these.
  std::int64_t generation = 0;
  /// Whether a Task waits for the answer, rather than be placed by a fallback meanwhile.
  bool waits = false;
  /// Whether the answer counts. Otherwise it is only asked for.
  bool counts = true;
  double band_percent = 25;
  Duration deadline = std::chrono::milliseconds(1500);
  /// How long an answer holds for Tasks of the same class.
  Duration keeps = std::chrono::seconds(300);

  bool operator==(const AiRouting&) const = default;
};

/// How the node is chosen: the policy that matched, and its strategies in the order in which they
/// are asked.
struct Routing {
  std::string policy;
  std::vector<std::string> strategies;
  std::optional<AiRouting> ai;
  /// The Task waits as long as no AI has decided.
  bool require_ai = false;
};

/// The node that an applied plan gives a Task (applied_plan.h), and where the plan is from.
struct PlannedNode {
  std::string node;
  /// Until then the Task waits for the node, where that could run it.
  WallTime until;
  std::string policy;
  std::string provider;
  std::string model;
  std::string reason;

  bool operator==(const PlannedNode&) const = default;
};

/// A Task that waits for a node, or holds one.
struct TaskView {
  ObjectKey key;
  std::string created;  // RFC 3339: sorts by time
  KeyValues labels;
  std::int64_t priority = 0;
  std::string type;  // the capability a node must offer
  /// The model that a node's server must have; "": it asks none.
  std::string model;
  /// The most tokens it has written, rounded up to a power of two, so that there are few classes;
  /// 0: no limit.
  std::int64_t most_tokens = 0;
  std::string node_name;
  KeyValues node_selector;
  /// Required terms: one of them must match; none: no requirement.
  std::vector<NodeTerm> required_terms;
  std::vector<Preference> preferences;
  std::vector<PeerTerm> together;
  std::vector<PeerTerm> apart;
  std::vector<PeerPreference> peer_preferences;
  std::vector<Toleration> tolerations;
  Resources requests;
  /// AtMostOnce: it needs a node that can make sure that it is dead in time.
  bool fenced = false;
  /// A Pinned Task's node, once it had one. Such a Task is not preempted either.
  std::string pinned_to;
  bool pinned = false;
  /// Where the last attempt failed, when the next one should be made elsewhere.
  std::string avoids;
  /// Where it failed, when it should be repeated there.
  std::string prefers;
  /// What it is learned by: Tasks of the same work take alike long.
  std::string work;
  /// What has to be moved to its node, and where that is now ("": everywhere alike).
  std::int64_t data_bytes = 0;
  std::string data_node;
  std::optional<Gang> gang;
  Routing routing;
  std::optional<PlannedNode> planned = {};
  /// The end of a retry's back-off.
  std::optional<WallTime> not_before;

  // Of a Task that has a node.
  std::string node;  // "": it waits
  std::optional<WallTime> started;
  /// It was asked to leave: its node's resources come back soon.
  bool leaving = false;
};

}  // namespace noizy::scheduling
