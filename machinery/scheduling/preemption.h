// Making room for a Task that fits nowhere: which Tasks of lower priority would have to go.
#pragma once

#include <optional>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {

/// Nodes compared in earnest; on a large grid the best of so many is good enough.
inline constexpr std::size_t kMostPreemptionNodes = 100;

struct Preemption {
  NodeIndex node = kNoNode;
  /// Empty when the Tasks that leave already make room enough.
  std::vector<TaskSlot*> victims;
};

/// The cheapest: the least important victims, then the fewest, then the least work lost. Victims
/// are of lower priority, never of equal one, and not Pinned. None when no node can be made to fit.
std::optional<Preemption> CheapestPreemption(Grid& grid, const TaskSlot& task, WallTime now);

}  // namespace noizy::scheduling
