// From a TaskSet's template to its Tasks, and from those to what the decision sees.
#pragma once

#include "controllers/task_set/decide.h"
#include "kinds/task.h"
#include "kinds/taskset.h"
#include "machinery/controller/informer.h"

namespace noizy::task_set {

inline constexpr std::string_view kSetLabel = "noizy.dev/task-set";
inline constexpr std::string_view kIndexLabel = "noizy.dev/index";

ObjectKey KeyOfMember(const TaskSet& set, std::int64_t index);

/// The Task of that index, as it is sent.
Value MemberOf(const TaskSet& set, std::int64_t index);

Observed Gather(const TaskSet& set, const Lister<Task>& tasks, WallTime now);
TaskSetStatus WithSummary(const TaskSet& set, const Summary& summary);

}  // namespace noizy::task_set
