// The scheduler's decision: which of the waiting Tasks go to which nodes. Pure: the same snapshot
// gives the same plan, byte for byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "controllers/scheduler/snapshot.h"

namespace noizy::scheduler {

struct Candidate {
  std::string node;
  double score = 0;
};

struct Binding {
  ObjectKey task;
  std::string node;
  /// The nodes that could run it, best first, at most kMaxCandidates of them.
  std::vector<Candidate> candidates;
  std::string reason;
};

/// A Task that no node can run now.
struct Unschedulable {
  ObjectKey task;
  std::string message;
};

struct Plan {
  std::vector<Binding> bindings;  // in the order in which they are to be written
  std::vector<Unschedulable> unschedulable;
  /// When the next back-off ends.
  std::optional<WallTime> look_again;
};

/// What a Task's status shows of the choice: enough to explain it, and bounded.
inline constexpr std::size_t kMaxCandidates = 10;

/// Higher priority first, then older, then by name. A Task that does not fit holds up nobody behind
/// it. Every binding counts against the resources that the next one sees.
Plan Decide(Snapshot snapshot);

}  // namespace noizy::scheduler
