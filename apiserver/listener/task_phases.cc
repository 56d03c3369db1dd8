#include "apiserver/listener/task_phases.h"

#include <algorithm>
#include <string_view>

namespace noizy::apiserver {
namespace {

std::string_view PhaseOf(const StoredObject& task) {
  const auto field = std::ranges::find(task.attributes.fields, "status.phase",
                                       &Attributes::Pairs::value_type::first);
  return field == task.attributes.fields.end() ? std::string_view() : field->second;
}

}  // namespace

void TaskPhases::Count() {
  const Result<Listing> tasks = store_.List({"tasks.noizy.dev", "", ""}, {});
  if (!tasks.ok()) return;
  std::map<std::string_view, double> counts;
  for (const StoredObjectPtr& task : tasks->items) ++counts[PhaseOf(*task)];
  MutexLock lock(mutex_);
  for (auto& [phase, gauge] : gauges_) gauge.Set(0);
  // The schema's enum keeps the set of phases closed.
  for (const auto& [phase, count] : counts) {
    const std::string label(phase);
    const auto gauge = gauges_.try_emplace(label, "noizy_tasks", "Tasks, by phase.",
                                           MetricLabels{{"phase", label}});
    gauge.first->second.Set(count);
  }
}

}  // namespace noizy::apiserver
