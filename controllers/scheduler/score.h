// How well a node suits a Task that it can run. Higher is better.
#pragma once

#include <cstdint>
#include <string_view>

#include "controllers/scheduler/snapshot.h"

namespace noizy::scheduler {

/// Least loaded: 100 for an empty node, towards 0 for a full one; half of it from what would be
/// requested of its CPU and memory with this Task, half from how many Tasks run per core. Preferred
/// affinity adds up to 200, each untolerated PreferNoSchedule taint takes 300, as strongly against
/// the load as Kubernetes weighs them.
double Score(const TaskView& task, const NodeView& node);

/// Orders equal scores: the same for the same names everywhere, and different from Task to Task, so
/// that ties spread.
std::uint64_t TieBreak(std::string_view task, std::string_view node);

}  // namespace noizy::scheduler
