// The scheduler's decision: which of the waiting Tasks go to which nodes, which have to leave, and
// why the others wait. Pure: no I/O, no clock but `now`, no randomness.
//
//   first in line → quota → filter → score → advice → reserve in the grid → binding
//                                └ none fits → wait for a faster node, preempt, or sleep
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/scheduling/advisor.h"
#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {

struct Binding {
  ObjectKey task;
  std::string node;
  /// The nodes that could run it, best first, at most kMaxCandidates of them.
  std::vector<Candidate> candidates;
  std::string policy;
  std::string strategy;
  /// The strategy is not the one that was asked for first.
  bool fallback = false;
  /// What an AI said, where that decided.
  std::optional<Advice> advice;
  /// What an AI was asked and said, whether it decided or not.
  std::shared_ptr<const RoutingRecord> record = {};
  /// The advice had been given for an earlier Task of the class.
  bool cached = false;
  std::string reason;
};

/// Tasks that no node runs now, all for the same reason.
struct Unschedulable {
  std::vector<ObjectKey> tasks;
  std::string reason;  // CamelCase: Unschedulable, Preempting, …
  std::string message;
};

/// A Task that has to leave its node for another one.
struct Eviction {
  ObjectKey task;
  std::string message;
};

struct Plan {
  std::vector<Binding> bindings;  // in the order in which they were decided
  std::vector<Eviction> evictions;
  std::vector<Unschedulable> unschedulable;
  /// To be asked; the answers go to Grid::SetAdvice.
  std::vector<Question> questions;
  /// When a back-off ends, or reasons may be told anew.
  std::optional<WallTime> look_again;
  /// There is more to decide at once: the limits ended the pass, or it made true what a Task it had
  /// passed over waits for.
  bool more = false;
};

/// What a Task's status shows of the choice: enough to explain it, and bounded.
inline constexpr std::size_t kMaxCandidates = 10;

struct Limits {
  std::size_t bindings = 64;
  /// Tasks looked at that wait for a faster or a freed node, before the rest has to wait too.
  std::size_t held = 256;
};

/// One pass over the line. What it decides is reserved in the grid: a binding that comes to nothing
/// is given back with Unbind.
Plan Decide(Grid& grid, WallTime now, const Limits& limits = {});

}  // namespace noizy::scheduling
