// What the scheduler writes into a Task's status.
#pragma once

#include <cstdint>
#include <string>

#include "controllers/scheduler/decide.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"

namespace noizy::scheduler {

/// The status with the next attempt on the binding's node. The number is raised in the same write
/// that assigns the node: it is the fencing token. `latency_ms` is how long the decision took.
TaskStatus Bound(const Task& task, const Binding& binding, WallTime now, std::int64_t latency_ms);

/// The status that says why the Task waits; equal to the Task's when it says so already.
TaskStatus Waiting(const Task& task, const std::string& message, WallTime now);

}  // namespace noizy::scheduler
