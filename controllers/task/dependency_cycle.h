// Tasks that wait for each other in a circle would wait for ever.
#pragma once

#include <string>
#include <vector>

#include "kinds/task.h"
#include "machinery/controller/informer.h"

namespace noizy::task_controller {

/// The names on a way along dependsOn from `task` back to it, its own first; empty when there is
/// none. Finished Tasks hold nobody up and end a way.
std::vector<std::string> FindDependencyCycle(const Task& task, const Lister<Task>& tasks);

}  // namespace noizy::task_controller
