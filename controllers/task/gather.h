// From Task objects to what the decision sees, and back.
#pragma once

#include <optional>

#include "controllers/task/task_state.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/controller/informer.h"

namespace noizy::task_controller {

/// Put on every new Task by the API server's admission; removed here when the Task has ended.
inline constexpr std::string_view kTaskFinalizer = "noizy.dev/task";

/// From the local copies; `phase_before` is left to the caller.
Observed Gather(const Task& task, const Lister<Task>& tasks, const Lister<Node>& nodes,
                WallTime now);

/// Of an attempt's node; null: there is no such Node.
NodeState StateOf(const Node* node);

/// What `seen` holds of its open attempt's node.
void SetNode(Observed& seen, const Node* node);

/// `status` with `state` written into it. What is equal keeps its spelling (a time's fraction,
/// say).
TaskStatus WithState(const TaskStatus& status, const TaskState& state);

}  // namespace noizy::task_controller
