#include "controllers/task/gather.h"

#include <algorithm>
#include <string>
#include <utility>

#include "controllers/task/dependency_cycle.h"
#include "machinery/meta/time.h"

namespace noizy::task_controller {
namespace {

std::optional<WallTime> TimeOf(const std::string& text) {
  const Result<WallTime> time = ParseTime(text);
  return time.ok() ? std::optional(*time) : std::nullopt;
}

void Write(std::string& text, std::optional<WallTime> time) {
  if (TimeOf(text) == time) return;
  text = time ? FormatMicroTime(*time) : "";
}

Attempt AttemptOf(const TaskAttempt& in) {
  return {in.number,
          in.node_name,
          in.lease_epoch.value_or(0),
          TimeOf(in.start_time),
          TimeOf(in.finish_time),
          in.execution_time_ms,
          in.exit_code,
          in.signal,
          in.reason,
          in.message};
}

FailoverTrace TraceOf(const TaskFailover& in) {
  return {in.attempt,
          in.node_name,
          TimeOf(in.last_heard_time),
          TimeOf(in.lease_end_time),
          TimeOf(in.fenced_time).value_or(WallTime()),
          in.new_node_name,
          TimeOf(in.bound_time),
          TimeOf(in.running_time),
          in.duration_ms};
}

TaskFailover TraceOf(const FailoverTrace& trace) {
  TaskFailover out;
  out.attempt = trace.attempt;
  out.node_name = trace.node_name;
  Write(out.last_heard_time, trace.last_heard);
  Write(out.lease_end_time, trace.lease_end);
  Write(out.fenced_time, trace.fenced);
  out.new_node_name = trace.new_node_name;
  Write(out.bound_time, trace.bound);
  Write(out.running_time, trace.running);
  out.duration_ms = trace.duration_ms;
  return out;
}

TaskState StateOf(const TaskStatus& status) {
  TaskState state;
  state.phase = PhaseFrom(status.phase);
  state.reason = status.reason;
  state.message = status.message;
  state.node_name = status.node_name;
  for (const TaskAttempt& attempt : status.attempts) state.attempts.push_back(AttemptOf(attempt));
  for (const TaskFailover& failover : status.failovers) {
    state.failovers.push_back(TraceOf(failover));
  }
  state.conditions = status.conditions;
  state.next_attempt_time = TimeOf(status.next_attempt_time);
  state.completion_time = TimeOf(status.completion_time);
  state.execution_time_ms = status.execution_time_ms;
  state.exit_code = status.exit_code;
  return state;
}

void Write(TaskAttempt& out, const Attempt& attempt) {
  Write(out.finish_time, attempt.finish_time);
  out.reason = attempt.reason;
  out.message = attempt.message;
}

/// Attempts are only ever ended or forgotten here, never added.
std::vector<TaskAttempt> WithAttempts(std::vector<TaskAttempt> before,
                                      const std::vector<Attempt>& attempts) {
  std::vector<TaskAttempt> after;
  for (TaskAttempt& old : before) {
    const auto kept = std::find_if(attempts.begin(), attempts.end(),
                                   [&](const Attempt& a) { return a.number == old.number; });
    if (kept == attempts.end()) continue;
    Write(old, *kept);
    after.push_back(std::move(old));
  }
  return after;
}

Failover FailoverFrom(std::string_view name) {
  if (name == "AtMostOnce") return Failover::kAtMostOnce;
  return name == "Pinned" ? Failover::kPinned : Failover::kAtLeastOnce;
}

RestartPolicy RestartPolicyFrom(std::string_view name) {
  if (name == "OnFailure") return RestartPolicy::kOnFailure;
  return name == "Always" ? RestartPolicy::kAlways : RestartPolicy::kNever;
}

Dependency::State StateOf(const Task* task) {
  if (task == nullptr) return Dependency::State::kMissing;
  switch (PhaseFrom(task->status.phase)) {
    case Phase::kSucceeded:
      return Dependency::State::kSucceeded;
    case Phase::kFailed:
      return Dependency::State::kFailed;
    case Phase::kCancelled:
      return Dependency::State::kCancelled;
    default:
      return Dependency::State::kUnfinished;
  }
}

void GatherSpec(const TaskSpec& spec, Observed& seen) {
  seen.suspend = spec.suspend;
  seen.failover = FailoverFrom(spec.failover);
  seen.restart_policy = RestartPolicyFrom(spec.restart_policy);
  seen.timeout = std::chrono::seconds(spec.timeout_seconds);
  seen.grace_period = std::chrono::seconds(spec.termination_grace_period_seconds);
  seen.retry_limit = spec.retry.limit;
  seen.backoff = {spec.retry.backoff.initial_seconds, spec.retry.backoff.factor,
                  spec.retry.backoff.max_seconds};
  seen.retry_on_exit_codes = spec.retry.on_exit_codes;
  seen.fail_on_exit_codes = spec.retry.fail_on_exit_codes;
  if (spec.ttl_seconds_after_finished)
    seen.ttl = std::chrono::seconds(*spec.ttl_seconds_after_finished);
}

}  // namespace

NodeState StateOf(const Node* node) {
  // A Node without a lease is not the one that ran the attempt: it was deleted and made anew.
  if (node == nullptr || !node->status.lease || node->status.lease->epoch == 0)
    return NodeState::kGone;
  return node->status.lease->expired_time.empty() ? NodeState::kAlive : NodeState::kLost;
}

void SetNode(Observed& seen, const Node* node) {
  seen.node = StateOf(node);
  if (seen.node != NodeState::kLost) return;
  seen.node_heard = TimeOf(node->status.lease->renew_time);
  seen.lease_end = TimeOf(node->status.lease->expired_time);
}

Observed Gather(const Task& task, const Lister<Task>& tasks, const Lister<Node>& nodes,
                WallTime now) {
  Observed seen;
  seen.now = now;
  seen.generation = task.metadata.generation;
  seen.being_deleted = task.metadata.BeingDeleted();
  const auto& finalizers = task.metadata.finalizers;
  seen.has_finalizer =
      std::find(finalizers.begin(), finalizers.end(), kTaskFinalizer) != finalizers.end();
  GatherSpec(task.spec, seen);
  const auto created = TimeOf(task.metadata.creation_timestamp);
  if (created && task.spec.start_deadline_seconds)
    seen.start_by = *created + std::chrono::seconds(*task.spec.start_deadline_seconds);
  seen.state = StateOf(task.status);
  for (const std::string& name : task.spec.depends_on) {
    seen.dependencies.push_back({name, StateOf(tasks.Get({task.metadata.ns, name}).get())});
  }
  if (!task.spec.depends_on.empty() && seen.state.attempts.empty())
    seen.cycle = FindDependencyCycle(task, tasks);
  if (const Attempt* open = seen.state.OpenAttempt())
    SetNode(seen, nodes.Get({"", open->node_name}).get());
  return seen;
}

TaskStatus WithState(const TaskStatus& status, const TaskState& state) {
  TaskStatus next = status;
  next.phase = NameOf(state.phase);
  next.reason = state.reason;
  next.message = state.message;
  next.node_name = state.node_name;
  next.attempts = WithAttempts(std::move(next.attempts), state.attempts);
  next.failovers.clear();
  for (const FailoverTrace& trace : state.failovers) next.failovers.push_back(TraceOf(trace));
  next.conditions = state.conditions;
  Write(next.next_attempt_time, state.next_attempt_time);
  Write(next.completion_time, state.completion_time);
  next.execution_time_ms = state.execution_time_ms;
  next.exit_code = state.exit_code;
  return next;
}

}  // namespace noizy::task_controller
