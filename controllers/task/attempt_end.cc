#include "controllers/task/attempt_end.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "machinery/meta/time.h"

namespace noizy::task_controller {
namespace {

bool Succeeded(const Attempt& attempt) {
  return attempt.exit_code == 0 && attempt.signal.value_or(0) == 0 &&
         attempt.reason != kCancelled && attempt.reason != kLost &&
         attempt.reason != kStartFailed && attempt.reason != kUnhealthy &&
         attempt.reason != kTimedOut;
}

/// Attempts that ended through no fault of their own use up no retry.
bool CountsAsFailure(const Attempt& attempt) {
  return attempt.ended() && !Succeeded(attempt) && attempt.reason != kNodeLost &&
         attempt.reason != kLost && attempt.reason != kCancelled;
}

bool WasStable(const Attempt& attempt) {
  return attempt.start_time && attempt.finish_time &&
         *attempt.finish_time - *attempt.start_time >= kStableRun;
}

/// The shell's convention: 128 + the signal that ended it.
std::optional<std::int64_t> ExitCodeOf(const Attempt& attempt) {
  if (attempt.signal.value_or(0) != 0) return 128 + *attempt.signal;
  return attempt.exit_code;
}

bool Holds(const std::vector<std::int64_t>& codes, std::optional<std::int64_t> code) {
  return code && std::find(codes.begin(), codes.end(), *code) != codes.end();
}

bool MayRetry(const Observed& seen, const std::vector<Attempt>& attempts) {
  const auto code = ExitCodeOf(attempts.back());
  if (Holds(seen.fail_on_exit_codes, code)) return false;
  if (!seen.retry_on_exit_codes.empty() && !Holds(seen.retry_on_exit_codes, code)) return false;
  if (seen.restart_policy != RestartPolicy::kNever) return true;
  return std::count_if(attempts.begin(), attempts.end(), CountsAsFailure) <= seen.retry_limit;
}

std::string Describe(const Attempt& attempt) {
  std::string text = "Attempt " + std::to_string(attempt.number);
  if (!attempt.node_name.empty()) text += " on node " + attempt.node_name;
  text += Succeeded(attempt) ? " ended" : " failed";
  if (!attempt.reason.empty()) text += ": " + attempt.reason;
  if (attempt.signal.value_or(0) != 0) {
    text += " (signal " + std::to_string(*attempt.signal) + ")";
  } else if (attempt.exit_code) {
    text += " (exit code " + std::to_string(*attempt.exit_code) + ")";
  }
  if (!attempt.message.empty()) text += ", " + attempt.message;
  return text;
}

void Again(Draft& draft, std::string_view reason) {
  auto& attempts = draft.next().attempts;
  const Duration wait = BackoffAfter(draft.seen(), attempts);
  const std::string message =
      Describe(attempts.back()) + "; another attempt follows in " + HumanDuration(wait);
  reason == "Restarting" && Succeeded(attempts.back()) ? draft.Tell(reason, message)
                                                       : draft.Warn(reason, message);
  draft.Wait(reason, message, draft.seen().now + wait);
  Trim(attempts, draft.seen().restart_policy);
}

// Stopped to make room, not for its own sake: it waits for the next node at once.
void Evicted(Draft& draft, const Condition& asked) {
  Attempt& last = draft.next().attempts.back();
  last.message = asked.message;
  const std::string reason = asked.reason;
  const std::string message = Describe(last);
  draft.Warn("Evicted", message);
  draft.Wait(reason, message);
  Trim(draft.next().attempts, draft.seen().restart_policy);
}

void Fail(Draft& draft) {
  const Attempt& last = draft.next().attempts.back();
  const std::string reason = last.reason.empty() ? "Error" : last.reason;
  const std::string message = Describe(last);
  draft.Finish(Phase::kFailed, reason, message);
  draft.Set("Failed", "True", reason, message);
  draft.Warn("Failed", message);
}

// The agents' side ends successful Tasks itself; this is for a report that was taken in by a server
// which could not finish the write.
void Succeed(Draft& draft) {
  const std::string message = Describe(draft.next().attempts.back());
  draft.Finish(Phase::kSucceeded, "Completed", message);
  draft.Set("Complete", "True", "Completed", message);
}

}  // namespace

void AfterAttempt(Draft& draft) {
  const Observed& seen = draft.seen();
  const auto& attempts = draft.next().attempts;
  const Attempt& last = attempts.back();
  // Deletion is decided before this: an attempt was cancelled for a suspend, which may be lifted by
  // now.
  if (last.reason == kCancelled && seen.suspend) return draft.Wait(kSuspended, kSuspendedMessage);
  const Condition* asked = FindCondition(draft.next().conditions, kDisruptionTarget);
  if (last.reason == kCancelled && asked != nullptr && asked->status == "True")
    return Evicted(draft, *asked);
  if (!Succeeded(last) && !CountsAsFailure(last)) return Again(draft, "Retrying");
  if (Succeeded(last))
    return seen.restart_policy == RestartPolicy::kAlways ? Again(draft, "Restarting")
                                                         : Succeed(draft);
  if (!MayRetry(seen, attempts)) return Fail(draft);
  Again(draft, seen.restart_policy == RestartPolicy::kNever ? "Retrying" : "Restarting");
}

Duration BackoffAfter(const Observed& seen, const std::vector<Attempt>& attempts) {
  int in_a_row = 0;
  for (auto attempt = attempts.rbegin(); attempt != attempts.rend(); ++attempt) {
    if (attempt->reason == kNodeLost || attempt->reason == kCancelled) continue;
    if (seen.restart_policy != RestartPolicy::kNever && WasStable(*attempt)) break;
    ++in_a_row;
  }
  // pow overflows to infinity, which min() then cuts: no loop, no limit on the count.
  const double seconds =
      seen.backoff.initial_seconds * std::pow(seen.backoff.factor, std::max(0, in_a_row - 1));
  const double bounded = std::min(seen.backoff.max_seconds, seconds);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(bounded));
}

void GiveUp(Attempt& attempt, WallTime now, std::string_view reason, std::string_view message) {
  attempt.finish_time = now;
  attempt.reason = reason;
  attempt.message = message;
}

void Trim(std::vector<Attempt>& attempts, RestartPolicy policy) {
  while (attempts.size() > kKeptAttempts) {
    // Under Never the failures are counted against the limit, so only the others may be forgotten.
    const auto oldest = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
      return policy != RestartPolicy::kNever || !CountsAsFailure(attempt);
    });
    if (oldest == attempts.end()) return;
    attempts.erase(oldest);
  }
}

}  // namespace noizy::task_controller
