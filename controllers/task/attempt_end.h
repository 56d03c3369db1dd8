// What follows the end of an attempt: success, another attempt, or failure.
#pragma once

#include "controllers/task/draft.h"
#include "controllers/task/task_state.h"

namespace noizy::task_controller {

// How an attempt ended, as far as it matters here; agents also report "Completed", "Error",
// "OutOfMemory".
inline constexpr std::string_view kNodeLost =
    "NodeLost";                                    // its node went silent, and it was given up here
inline constexpr std::string_view kLost = "Lost";  // the agent came back and found it gone
inline constexpr std::string_view kStartFailed = "StartFailed";  // it has no exit code of its own
inline constexpr std::string_view kUnhealthy = "Unhealthy";      // its liveness command failed
inline constexpr std::string_view kTimedOut = "TimedOut";        // its time was up
inline constexpr std::string_view kCancelled =
    "Cancelled";  // it was stopped because the Task was deleted, suspended or evicted

/// A service that ran this long has recovered: its next back-off begins anew, as a Pod's does.
inline constexpr Duration kStableRun = std::chrono::minutes(10);
/// Attempts kept in the status of Tasks that may have any number of them.
inline constexpr std::size_t kKeptAttempts = 100;

/// Decides on the latest attempt, which has ended, of a Task that has not.
void AfterAttempt(Draft& draft);

/// The wait before the next attempt: initial · factor^n, at most max; n counts the ended attempts
/// in a row that call for patience.
Duration BackoffAfter(const Observed& seen, const std::vector<Attempt>& attempts);

/// Ends the open attempt without a report, now.
void GiveUp(Attempt& attempt, WallTime now, std::string_view reason, std::string_view message);

/// Forgets old attempts that no rule counts any more.
void Trim(std::vector<Attempt>& attempts, RestartPolicy policy);

}  // namespace noizy::task_controller
