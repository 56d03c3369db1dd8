#include "controllers/scheduler/binding.h"

#include <cmath>
#include <utility>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::scheduler {
namespace {

void Say(TaskStatus& status, const Task& task, const char* scheduled, const char* reason,
         const std::string& message, WallTime now) {
  status.reason = reason;
  status.message = message;
  status.observed_generation = task.metadata.generation;
  Condition condition{"Scheduled", scheduled, reason, message, {}, task.metadata.generation};
  SetCondition(status.conditions, std::move(condition), FormatTime(now));
}

// Two digits tell scores apart; more would only be noise to read.
double Rounded(double score) {
  return std::round(score * 100) / 100;
}

TaskRoutingDecision DecisionOf(const Binding& binding, std::int64_t latency_ms) {
  TaskRoutingDecision decision;
  decision.strategy = "LeastLoaded";
  decision.decided_by = "scheduler";
  decision.reason = binding.reason;
  decision.latency_ms = latency_ms;
  for (const Candidate& candidate : binding.candidates)
    decision.candidates.push_back({candidate.node, Rounded(candidate.score)});
  return decision;
}

}  // namespace

TaskStatus Bound(const Task& task, const Binding& binding, WallTime now, std::int64_t latency_ms) {
  TaskStatus next = task.status;
  next.phase = "Scheduled";
  next.node_name = binding.node;
  next.attempt = task.status.attempt + 1;
  TaskAttempt attempt;
  attempt.number = next.attempt;
  attempt.node_name = binding.node;
  next.attempts.push_back(std::move(attempt));
  next.next_attempt_time.clear();
  next.routing = DecisionOf(binding, latency_ms);
  Say(next, task, "True", "Bound",
      "Attempt " + std::to_string(next.attempt) + " was bound to node " + binding.node, now);
  return next;
}

TaskStatus Waiting(const Task& task, const std::string& message, WallTime now) {
  TaskStatus next = task.status;
  Say(next, task, "False", "Unschedulable", message, now);
  return next;
}

}  // namespace noizy::scheduler
