#include "tests/simulation/fake_agents.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/time.h"

namespace noizy {

void FakeAgents::Join(const std::string& node, const std::string& cpu) {
  Node joined;
  joined.metadata.name = node;
  joined.status.capabilities = {"exec", "fencing"};
  joined.status.allocatable = {{"cpu", cpu}, {"memory", "8Gi"}};
  joined.status.lease.emplace().epoch = 1;
  harness_.api.Put(joined.ToValue());
}

void FakeAgents::Lose(const std::string& node) {
  silent_.insert(node);
  WriteLease(node, FormatMicroTime(harness_.clock.Now()));
}

void FakeAgents::Return(const std::string& node) {
  silent_.erase(node);
  WriteLease(node, "");
}

bool FakeAgents::WriteLease(const std::string& name, const std::string& expired_time) {
  auto node = harness_.api.Find<Node>({"", name});
  if (!node) return false;
  node->status.lease->expired_time = expired_time;
  harness_.api.Put(node->ToValue());
  return true;
}

void FakeAgents::Tick() {
  for (const Value& value : harness_.api.All(ResourceOf<Task>())) {
    const Task task = *Task::FromValue(value);
    if (task.status.phase == "Scheduled" && !silent_.contains(task.status.node_name)) Start(task);
  }
  std::vector<Running> going_on;
  for (const Running& run : std::exchange(running_, {})) {
    const auto task = harness_.api.Find<Task>(run.task);
    const bool deleted = task && task->metadata.BeingDeleted();
    if (silent_.contains(run.node) || (!deleted && run.end > harness_.clock.Now())) {
      going_on.push_back(run);
    } else if (deleted) {
      Report(run, 143, "Cancelled");
    } else {
      Report(run, run.exit_code, run.exit_code == 0 ? "Completed" : "Error");
    }
  }
  running_.insert(running_.end(), going_on.begin(), going_on.end());
}

void FakeAgents::Start(const Task& bound) {
  Task task = bound;
  const Outcome outcome = script_(task);
  executed_[task.metadata.name][task.status.attempt] = task.status.node_name;
  running_.push_back({task.metadata.Key(), task.status.attempt, task.status.node_name,
                      harness_.clock.Now() + outcome.after, outcome.exit_code});
  task.status.phase = "Running";
  task.status.attempts.back().start_time = FormatMicroTime(harness_.clock.Now());
  SetCondition(task.status.conditions,
               Condition{"Started", "True", "Started", "", "", task.metadata.generation},
               FormatTime(harness_.clock.Now()));
  harness_.api.Put(task.ToValue());
}

// As the API server takes a report in: only of the current attempt, and success ends the Task in
// the same write.
void FakeAgents::Report(const Running& run, std::int64_t exit_code, const std::string& reason) {
  auto task = harness_.api.Find<Task>(run.task);
  const bool current = task && task->status.attempt == run.attempt &&
                       !task->status.attempts.empty() &&
                       task->status.attempts.back().finish_time.empty();
  if (!current) {
    ++refused_;
    return;
  }
  TaskAttempt& attempt = task->status.attempts.back();
  attempt.finish_time = FormatMicroTime(harness_.clock.Now());
  attempt.exit_code = exit_code;
  attempt.reason = reason;
  if (exit_code == 0 && task->spec.restart_policy != "Always") {
    task->status.phase = "Succeeded";
    task->status.exit_code = 0;
    task->status.completion_time = attempt.finish_time;
    SetCondition(task->status.conditions,
                 Condition{"Complete", "True", "Completed", "", "", task->metadata.generation},
                 attempt.finish_time);
  }
  harness_.api.Put(task->ToValue());
}

}  // namespace noizy
