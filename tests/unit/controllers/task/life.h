// Tasks at points of their life, for the task controller's tests.
#pragma once

#include <string>
#include <utility>

#include "controllers/task/decide.h"
#include "machinery/base/clock.h"

namespace noizy::task_controller {

inline WallTime Start() {
  return FakeClock().Now();
}

/// A new Task with a finalizer, one minute into the test's time.
inline Observed NewTask() {
  Observed seen;
  seen.now = Start() + std::chrono::minutes(1);
  seen.generation = 2;
  seen.has_finalizer = true;
  seen.grace_period = std::chrono::seconds(10);
  return seen;
}

inline Attempt OpenAttempt(std::int64_t number, std::string node = "n1") {
  Attempt attempt;
  attempt.number = number;
  attempt.node_name = std::move(node);
  attempt.start_time = Start();
  return attempt;
}

inline Attempt Ended(std::int64_t number, std::string reason, std::int64_t exit_code = 1) {
  Attempt attempt = OpenAttempt(number);
  attempt.finish_time = Start() + std::chrono::seconds(5);
  attempt.reason = std::move(reason);
  attempt.exit_code = exit_code;
  attempt.execution_time_ms = 5000;
  return attempt;
}

/// Running on a node that is alive.
inline Observed RunningTask() {
  Observed seen = NewTask();
  seen.state.phase = Phase::kRunning;
  seen.state.node_name = "n1";
  seen.state.attempts = {OpenAttempt(1)};
  seen.state.conditions = {
      {"Scheduled", "True", "Bound", "Bound to node n1", "2026-01-01T00:00:00Z", 2},
      {"Started", "True", "Started", "", "2026-01-01T00:00:00Z", 2}};
  return seen;
}

/// Running, but for the report of its end, which is in.
inline Observed EndedTask(std::string reason, std::int64_t exit_code = 1) {
  Observed seen = RunningTask();
  seen.state.attempts = {Ended(1, std::move(reason), exit_code)};
  return seen;
}

/// What is seen once the plan is applied.
inline Observed Applied(Observed seen, const Plan& plan) {
  if (plan.state) seen.state = *plan.state;
  seen.phase_before = seen.state.phase;
  return seen;
}

/// "status reason" of a condition; "" when there is none.
inline std::string ConditionOf(const TaskState& state, std::string_view type) {
  const Condition* found = FindCondition(state.conditions, type);
  return found == nullptr ? "" : found->status + " " + found->reason;
}

/// The reasons of the plan's events.
inline std::vector<std::string> Told(const Plan& plan) {
  std::vector<std::string> reasons;
  for (const Note& note : plan.events) reasons.push_back(note.reason);
  return reasons;
}

}  // namespace noizy::task_controller
