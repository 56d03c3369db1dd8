// What a model may know of a Task and of a node: numbers, and words of which the control plane
// knows the meaning. Names and labels stay out; a Task's own words only where the policy lets them.
#pragma once

#include <string_view>

#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/scheduling/views.h"
#include "machinery/value/value.h"

namespace noizy::routing_policy {

/// Of a Task's own text, shown under Summary and under Full, in bytes.
inline constexpr std::size_t kSummaryBytes = 512;
inline constexpr std::size_t kFullBytes = 16'384;

/// `visibility` is the policy's payloadVisibility. `task` is null when it is gone.
Value FeaturesOf(const scheduling::TaskView& view, const Task* task, std::string_view visibility);

/// Cores, clock, memory, GPUs, load, operating system, and the models it has loaded.
Value FeaturesOf(const Node& node);

}  // namespace noizy::routing_policy
