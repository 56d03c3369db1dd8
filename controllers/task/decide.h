// The task controller's decision. Pure: no clock, no I/O, no randomness.
#pragma once

#include "controllers/task/task_state.h"

namespace noizy::task_controller {

/// A timed-out attempt whose agent is alive but says nothing is given up this long after its grace
/// period.
inline constexpr Duration kReportMargin = std::chrono::seconds(30);

/// One step of a Task's life. Nothing to do: an empty plan. Applying a plan and deciding again,
/// with nothing else changed, gives a plan without a state.
Plan Decide(const Observed& seen);

}  // namespace noizy::task_controller
