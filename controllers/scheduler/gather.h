// From Nodes and Tasks to what the scheduler's decision sees.
#pragma once

#include <string>

#include "controllers/scheduler/snapshot.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/controller/informer.h"

namespace noizy::scheduler {

/// A node without Tasks; what runs there is added by whoever counts it.
NodeView ViewOf(const Node& node);
TaskView ViewOf(const Task& task);

/// What is set aside for the Task on its node.
Resources RequestsOf(const Task& task);

/// The Task holds its node's resources: bound, and not finished. A lost node's Task holds them
/// until it is given up.
bool HoldsResources(const Task& task);

/// The Task is the scheduler's to place: pending, neither suspended nor being deleted, with its
/// dependencies (which count before the first attempt only) fulfilled. A back-off is not looked at.
bool IsWaiting(const Task& task, const Lister<Task>& tasks);

}  // namespace noizy::scheduler
