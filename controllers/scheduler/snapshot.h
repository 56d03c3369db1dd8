// What the scheduler decides on: the grid at one moment, as plain values. Gathered in gather.h,
// read by filter.h, score.h and decide.h.
//
// Resources are thousandths of their unit (milli-CPUs, milli-bytes), as Quantity counts them, so
// that sums are exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/selector.h"

namespace noizy::scheduler {

/// By resource name: "cpu", "memory", "ephemeral-storage", "noizy.dev/gpu".
using Resources = std::map<std::string, std::int64_t>;

void AddTo(Resources& sum, const Resources& more);

enum class TaintEffect : std::uint8_t { kNoSchedule, kPreferNoSchedule, kNoExecute };

struct Taint {
  std::string key;
  std::string value;
  TaintEffect effect = TaintEffect::kNoSchedule;
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

struct NodeView {
  std::string name;
  bool ready = false;
  bool unschedulable = false;
  KeyValues labels;
  std::vector<Taint> taints;
  std::set<std::string> capabilities;
  Resources allocatable;
  /// Of the Tasks bound here and not finished, this scheduler's own bindings in flight included.
  Resources requested;
  std::int64_t tasks = 0;
};

/// A Task that waits for a node.
struct TaskView {
  ObjectKey key;
  std::string created;  // RFC 3339: sorts by time
  std::int64_t priority = 0;
  std::string type;  // the capability a node must offer
  std::string node_name;
  KeyValues node_selector;
  /// Required terms: one of them must match; none: no requirement.
  std::vector<NodeTerm> required_terms;
  std::vector<Preference> preferences;
  std::vector<Toleration> tolerations;
  Resources requests;
  /// A Pinned Task's node, once it had one.
  std::string pinned_to;
  /// The end of a retry's back-off.
  std::optional<WallTime> not_before;
};

struct Snapshot {
  WallTime now;
  std::vector<NodeView> nodes;  // by name
  std::vector<TaskView> tasks;
};

}  // namespace noizy::scheduler
