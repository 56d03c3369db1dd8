#include "controllers/scheduler/binding.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::scheduler {
namespace {

void Say(TaskStatus& status, const Task& task, const char* scheduled, const std::string& reason,
         const std::string& message, WallTime now) {
  status.reason = reason;
  status.message = message;
  status.observed_generation = task.metadata.generation;
  Condition condition{"Scheduled", scheduled, reason, message, {}, task.metadata.generation};
  SetCondition(status.conditions, std::move(condition), FormatTime(now));
}

// Three digits tell scores apart; more would only be noise to read.
double Rounded(double number) {
  return std::round(number * 1000) / 1000;
}

TaskRoutingDecision DecisionOf(const scheduling::Binding& binding, std::int64_t latency_ms) {
  TaskRoutingDecision decision;
  decision.policy = binding.policy;
  decision.strategy = binding.strategy;
  decision.decided_by = binding.advice ? binding.advice->decided_by : binding.strategy;
  decision.fallback = binding.fallback;
  decision.reason = binding.reason;
  decision.latency_ms = latency_ms;
  decision.cached = binding.cached;
  if (binding.advice) {
    decision.model = binding.advice->model;
    if (!binding.cached) decision.latency_ms = binding.advice->latency_ms;
  }
  if (binding.record) decision.record = *binding.record;
  for (const scheduling::Candidate& candidate : binding.candidates) {
    TaskRoutingCandidate& shown = decision.candidates.emplace_back();
    shown.node = candidate.node;
    shown.score = Rounded(candidate.score);
    if (candidate.finish_seconds) shown.finish_seconds = Rounded(*candidate.finish_seconds);
  }
  return decision;
}

void KeepWithAttempt(TaskStatus& status) {
  if (status.attempts.empty() || !status.routing) return;
  status.attempts.back().routing = std::move(status.routing);
  if (status.attempts.size() > kExplainedAttempts)
    (status.attempts.end() - kExplainedAttempts - 1)->routing.reset();
}

}  // namespace

TaskStatus Bound(const Task& task, const scheduling::Binding& binding, WallTime now,
                 std::int64_t latency_ms) {
  TaskStatus next = task.status;
  KeepWithAttempt(next);
  next.phase = "Scheduled";
  next.node_name = binding.node;
  next.attempt = std::max(task.status.attempt + 1, task.status.next_attempt);
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

TaskStatus WithLateRecord(const Task& task, const RoutingRecord& record) {
  TaskStatus next = task.status;
  const bool open = task.status.phase == "Scheduled" || task.status.phase == "Running";
  if (!open || !next.routing || next.routing->record) return next;
  next.routing->record = record;
  if (record.outcome == "Followed") next.routing->record->outcome = "Late";
  return next;
}

TaskStatus Waiting(const Task& task, const std::string& reason, const std::string& message,
                   WallTime now) {
  TaskStatus next = task.status;
  Say(next, task, "False", reason, message, now);
  return next;
}

TaskStatus Preempted(const Task& task, const std::string& message, WallTime now) {
  TaskStatus next = task.status;
  Condition condition{std::string(scheduling::kDisruptionTarget),
                      "True",
                      "Preempted",
                      message,
                      {},
                      task.metadata.generation};
  SetCondition(next.conditions, std::move(condition), FormatTime(now));
  return next;
}

}  // namespace noizy::scheduler
