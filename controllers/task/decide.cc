#include "controllers/task/decide.h"

#include <algorithm>
#include <array>
#include <string>

#include "controllers/task/attempt_end.h"
#include "controllers/task/draft.h"
#include "controllers/task/failover_trace.h"
#include "machinery/meta/time.h"

namespace noizy::task_controller {
namespace {

constexpr std::array<std::string_view, 6> kPhaseNames = {"Pending",   "Scheduled", "Running",
                                                         "Succeeded", "Failed",    "Cancelled"};

// A finished Task only waits to be deleted.
void WhenFinished(Draft& draft, Plan::Object& object) {
  const Observed& seen = draft.seen();
  if (seen.being_deleted) {
    if (seen.has_finalizer) object = Plan::Object::kRemoveFinalizer;
    return;
  }
  if (!seen.ttl || !seen.state.completion_time) return;
  const WallTime due = *seen.state.completion_time + *seen.ttl;
  if (due <= seen.now) {
    object = Plan::Object::kDelete;
  } else {
    draft.LookAgain(due);
  }
}

void Cancel(Draft& draft, std::string_view message) {
  draft.Finish(Phase::kCancelled, kCancelled, message);
  draft.Set("Complete", "False", kCancelled, message);
  draft.Tell(kCancelled, message);
}

std::string Silent(const Observed& seen, const Attempt& attempt) {
  return "Node " + attempt.node_name +
         (seen.node == NodeState::kGone ? " was removed from the grid"
                                        : " went silent and its lease expired");
}

// Since when the node is known to be gone: what WaitForNode wrote.
std::optional<WallTime> WaitsSince(const Observed& seen) {
  const Condition* started = FindCondition(seen.state.conditions, "Started");
  if (started == nullptr || started->status != "Unknown") return {};
  const auto since = ParseTime(started->last_transition_time);
  return since.ok() ? std::optional(*since) : std::nullopt;
}

/// Until when an AtMostOnce attempt may still run somewhere: its lease is over once the node's is.
/// A Node object that was deleted took the knowledge of that with it, so all of a lease is waited
/// for. None: no longer.
std::optional<WallTime> MayRunUntil(const Observed& seen) {
  if (seen.failover != Failover::kAtMostOnce || seen.node != NodeState::kGone) return {};
  constexpr std::chrono::seconds kRounding{1};  // of a condition's time
  const WallTime until = WaitsSince(seen).value_or(seen.now) + kLongestLease + kRounding;
  return until <= seen.now ? std::nullopt : std::optional(until);
}

/// True when the attempt on the silent node may be given up.
bool MayFailOver(const Observed& seen) {
  return seen.failover != Failover::kPinned && !MayRunUntil(seen);
}

bool MayGiveUpForDeletion(const Observed& seen) {
  return MayFailOver(seen) || (seen.failover == Failover::kPinned && seen.node == NodeState::kGone);
}

void FailOver(Draft& draft, const Attempt& open) {
  const std::string what = Silent(draft.seen(), open);
  GiveUp(draft.next().attempts.back(), draft.seen().now, kNodeLost, what);
  TraceFence(draft, open);
  const std::string message =
      what + "; attempt " + std::to_string(open.number) + " was given up and another follows";
  draft.Wait(kNodeLost, message);
  Trim(draft.next().attempts, draft.seen().restart_policy);
  draft.Warn("FailedOver", message);
}

void WaitForNode(Draft& draft, const Attempt& open) {
  const auto until = MayRunUntil(draft.seen());
  if (until) draft.LookAgain(*until);
  const char* why = until ? "; an AtMostOnce Task waits until its attempt's lease has ended"
                          : "; a Pinned Task waits for its node";
  const std::string message = Silent(draft.seen(), open) + why;
  draft.Explain(kNodeLost, message);
  draft.Set("Started", "Unknown", kNodeLost, message);
}

// Deletion cancels. An attempt on a living node is stopped by its agent, whose report brings us
// back here.
void WhenDeleted(Draft& draft) {
  const Observed& seen = draft.seen();
  const Attempt* open = seen.state.OpenAttempt();
  if (open == nullptr) return Cancel(draft, "The Task was deleted");
  if (seen.node == NodeState::kAlive) return;
  if (MayRunUntil(seen)) return WaitForNode(draft, *open);
  if (!MayGiveUpForDeletion(seen)) return;
  GiveUp(draft.next().attempts.back(), seen.now, kNodeLost, Silent(seen, *open));
  Cancel(draft, "The Task was deleted while its node was lost");
}

void NodeCameBack(Draft& draft, const Attempt& open) {
  const std::string message = "Node " + open.node_name + " came back";
  draft.Explain(open.start_time ? "Started" : "Bound", message);
  draft.Set("Started", open.start_time ? "True" : "False", open.start_time ? "Started" : "Bound",
            message);
}

// The agent enforces timeouts; this is for an agent that is alive and never reports. An AtMostOnce
// attempt may still run, so it stays.
void EnforceTimeout(Draft& draft, const Attempt& open) {
  const Observed& seen = draft.seen();
  if (seen.timeout <= Duration::zero() || !open.start_time ||
      seen.failover == Failover::kAtMostOnce)
    return;
  const WallTime due = *open.start_time + seen.timeout + seen.grace_period + kReportMargin;
  if (seen.now < due) return draft.LookAgain(due);
  GiveUp(draft.next().attempts.back(), seen.now, "TimedOut",
         "the time limit passed and no report came");
  AfterAttempt(draft);
}

void WhileOpen(Draft& draft, const Attempt& open) {
  if (draft.seen().node != NodeState::kAlive) {
    return MayFailOver(draft.seen()) ? FailOver(draft, open) : WaitForNode(draft, open);
  }
  const Condition* started = FindCondition(draft.seen().state.conditions, "Started");
  if (started != nullptr && started->status == "Unknown") NodeCameBack(draft, open);
  EnforceTimeout(draft, open);
}

std::string NamesOf(const std::vector<const Dependency*>& dependencies) {
  std::string names;
  for (const Dependency* dependency : dependencies) {
    names += (names.empty() ? "" : ", ") + dependency->name;
    if (dependency->state == Dependency::State::kMissing) names += " (not found)";
  }
  return names;
}

void FailForDependency(Draft& draft, const Dependency& dependency) {
  const bool failed = dependency.state == Dependency::State::kFailed;
  const std::string message = "Task " + dependency.name + (failed ? " failed" : " was cancelled") +
                              ", on which this one depends";
  draft.Finish(Phase::kFailed, "DependencyFailed", message);
  draft.Set("Scheduled", "False", "DependencyFailed", message);
  draft.Set("Failed", "True", "DependencyFailed", message);
  draft.Warn("Failed", message);
}

void FailForCycle(Draft& draft) {
  std::string circle;
  for (const std::string& name : draft.seen().cycle) circle += name + " -> ";
  const std::string message = "spec.dependsOn leads back to this Task (" + circle +
                              draft.seen().cycle.front() + "); leave one of these dependencies out";
  draft.Finish(Phase::kFailed, "DependencyCycle", message);
  draft.Set("Scheduled", "False", "DependencyCycle", message);
  draft.Set("Failed", "True", "DependencyCycle", message);
  draft.Warn("Failed", message);
}

/// True when the Task's dependencies do not let it start. They count before the first attempt only.
bool HeldByDependencies(Draft& draft) {
  if (!draft.seen().state.attempts.empty()) return false;
  std::vector<const Dependency*> unmet;
  for (const Dependency& dependency : draft.seen().dependencies) {
    using State = Dependency::State;
    if (dependency.state == State::kFailed || dependency.state == State::kCancelled) {
      FailForDependency(draft, dependency);
      return true;
    }
    if (dependency.state != State::kSucceeded) unmet.push_back(&dependency);
  }
  if (unmet.empty()) return false;
  if (!draft.seen().cycle.empty()) {
    FailForCycle(draft);
    return true;
  }
  draft.Wait("WaitingForDependencies", "Waiting for " + NamesOf(unmet));
  return true;
}

/// True when the Task was to be given a node by now, and was not.
bool MissedItsStart(Draft& draft) {
  const Observed& seen = draft.seen();
  if (!seen.start_by || !seen.state.attempts.empty()) return false;
  if (seen.now < *seen.start_by) {
    draft.LookAgain(*seen.start_by);
    return false;
  }
  const std::string message =
      "No node was found by " + FormatTime(*seen.start_by) + ", the Task's start deadline";
  draft.Finish(Phase::kFailed, "StartDeadlineExceeded", message);
  draft.Set("Scheduled", "False", "StartDeadlineExceeded", message);
  draft.Set("Failed", "True", "StartDeadlineExceeded", message);
  draft.Warn("Failed", message);
  return true;
}

// A Task that nothing holds back is the scheduler's: it says Bound or Unschedulable, and nothing is
// written here before.
void WhilePending(Draft& draft) {
  const Observed& seen = draft.seen();
  if (MissedItsStart(draft) || HeldByDependencies(draft) || !seen.suspend) return;
  draft.Wait(kSuspended, kSuspendedMessage, seen.state.next_attempt_time);
}

// Agents' reports change the phase without us; people are told when it was seen to happen.
void TellProgress(Draft& draft) {
  const Observed& seen = draft.seen();
  if (!seen.phase_before || *seen.phase_before == seen.state.phase || seen.state.attempts.empty())
    return;
  const Attempt& last = seen.state.attempts.back();
  const std::string what = "Attempt " + std::to_string(last.number) + " on node " + last.node_name;
  if (seen.state.phase == Phase::kRunning) draft.Tell("Started", what + " started");
  if (seen.state.phase == Phase::kSucceeded && !IsFinished(*seen.phase_before))
    draft.Tell("Completed", what + " succeeded");
}

}  // namespace

std::string_view NameOf(Phase phase) {
  return kPhaseNames.at(static_cast<std::size_t>(phase));
}

Phase PhaseFrom(std::string_view name) {
  const auto found = std::find(kPhaseNames.begin(), kPhaseNames.end(), name);
  return found == kPhaseNames.end() ? Phase::kPending
                                    : static_cast<Phase>(found - kPhaseNames.begin());
}

bool IsFinished(Phase phase) {
  return phase == Phase::kSucceeded || phase == Phase::kFailed || phase == Phase::kCancelled;
}

Plan Decide(const Observed& seen) {
  Draft draft(seen);
  Plan::Object object = Plan::Object::kKeep;
  TellProgress(draft);
  TraceReplacement(draft);
  if (IsFinished(seen.state.phase)) {
    WhenFinished(draft, object);
  } else if (seen.being_deleted) {
    WhenDeleted(draft);
  } else if (seen.state.phase == Phase::kPending) {
    WhilePending(draft);
  } else if (const Attempt* open = seen.state.OpenAttempt()) {
    WhileOpen(draft, *open);
  } else if (!seen.state.attempts.empty()) {
    AfterAttempt(draft);
  }
  Plan plan = std::move(draft).Done();
  plan.object = object;
  return plan;
}

}  // namespace noizy::task_controller
