#include "controllers/task/dependency_cycle.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "controllers/task/task_state.h"

namespace noizy::task_controller {
namespace {

/// A Task on the way, and which of its dependencies is looked at.
struct Step {
  std::string name;
  std::vector<std::string> depends_on;
  std::size_t next = 0;
};

std::vector<std::string> NamesOf(const std::vector<Step>& way) {
  std::vector<std::string> names;
  std::transform(way.begin(), way.end(), std::back_inserter(names),
                 [](const Step& step) { return step.name; });
  return names;
}

}  // namespace

// Depth first, with a stack of its own: a chain may be longer than the thread's.
std::vector<std::string> FindDependencyCycle(const Task& task, const Lister<Task>& tasks) {
  std::set<std::string> seen;
  std::vector<Step> way = {{task.metadata.name, task.spec.depends_on}};
  while (!way.empty()) {
    Step& step = way.back();
    if (step.next == step.depends_on.size()) {
      way.pop_back();
      continue;
    }
    const std::string name = step.depends_on[step.next++];
    if (name == task.metadata.name) return NamesOf(way);
    if (!seen.insert(name).second) continue;
    const auto dependency = tasks.Get({task.metadata.ns, name});
    if (!dependency || IsFinished(PhaseFrom(dependency->status.phase))) continue;
    way.push_back({name, dependency->spec.depends_on});
  }
  return {};
}

}  // namespace noizy::task_controller
