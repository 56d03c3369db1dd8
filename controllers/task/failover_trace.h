// The record of how a Task moved away from a silent node, step by step.
#pragma once

#include "controllers/task/draft.h"
#include "controllers/task/task_state.h"

namespace noizy::task_controller {

/// Records kept in the status.
inline constexpr std::size_t kKeptFailovers = 10;

/// The open attempt is given up now.
void TraceFence(Draft& draft, const Attempt& open);

/// Adds what is new of the attempt that replaced the one given up last: that it is bound, that it
/// runs. The latter is told.
void TraceReplacement(Draft& draft);

}  // namespace noizy::task_controller
