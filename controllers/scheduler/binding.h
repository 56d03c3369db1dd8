// What the scheduler writes into a Task's status.
#pragma once

#include <cstdint>
#include <string>

#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/scheduling/decide.h"

namespace noizy::scheduler {

/// Past decisions kept with their attempts.
inline constexpr std::size_t kExplainedAttempts = 10;

/// The status with the next attempt on the binding's node. The number is raised in the same write
/// that assigns the node: it is the fencing token. `latency_ms` is how long the decision took. The
/// decision before it goes to its attempt.
TaskStatus Bound(const Task& task, const scheduling::Binding& binding, WallTime now,
                 std::int64_t latency_ms);

/// The status with what an AI said after the Task had been bound already; the Task's own when that
/// has ended, or tells of another question.
TaskStatus WithLateRecord(const Task& task, const RoutingRecord& record);

/// The status that says why the Task waits; equal to the Task's when it says so already.
TaskStatus Waiting(const Task& task, const std::string& reason, const std::string& message,
                   WallTime now);

/// The status that asks the Task to leave its node: its agent stops the attempt, and it waits
/// again.
TaskStatus Preempted(const Task& task, const std::string& message, WallTime now);

}  // namespace noizy::scheduler
