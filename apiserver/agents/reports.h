// What an agent's report makes of a Task's status. Pure: no clock, no I/O.
//
// The fence: a report counts only when it is about the Task's current attempt, comes from that
// attempt's node, and the attempt has not ended otherwise. Everything else is a Conflict, which the
// agent takes as the order to stop the attempt and forget it. The same report twice is taken as
// once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::apiserver {

/// Longest status.result; the schema says the same.
inline constexpr std::size_t kMaxResultBytes = 64 * 1024;

bool IsFinished(const TaskStatus& status);
/// The attempt that status.attempt names; null when there is none.
const TaskAttempt* CurrentAttempt(const TaskStatus& status);
/// True while the current attempt is bound to a node and has not ended.
bool IsOpen(const TaskStatus& status);

/// True of an attempt that was bound before the grid was restored from a backup. What became of it
/// after the backup was made, its node may know, and we do not.
bool IsFromBackup(const TaskStatus& status);

/// Ok when `ref` may speak for the Task: the same object, its current attempt, on its node.
Status CheckFence(const Task& task, const std::string& node, const v1::AttemptRef& ref);

/// Phase Running, the attempt's startTime, condition Started.
Result<TaskStatus> ApplyStarted(const Task& task, const std::string& node,
                                const v1::AttemptRef& ref, const v1::Started& report);
/// The attempt's end. A success of a Task that is not to be restarted finishes the Task; what
/// follows any other end is the task controller's decision.
Result<TaskStatus> ApplyFinished(const Task& task, const std::string& node,
                                 const v1::AttemptRef& ref, const v1::Finished& report);
/// Ends an open attempt that the node does not run, for `reason` ("SecretNotFound", "Lost", …).
/// The open attempt may start under the node's lease of that epoch, and under no other.
Result<TaskStatus> ApplyClaim(const Task& task, const std::string& node, const v1::AttemptRef& ref,
                              std::int64_t epoch);

Result<TaskStatus> ApplyGivenUp(const Task& task, const std::string& node,
                                const v1::AttemptRef& ref, std::string_view reason,
                                std::string_view message, WallTime now);

/// The last `max_bytes` bytes of `bytes` or fewer, as valid UTF-8: cut at a character, bytes that
/// are none become U+FFFD.
std::string Utf8Tail(std::string_view bytes, std::size_t max_bytes);

}  // namespace noizy::apiserver
