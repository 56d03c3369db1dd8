#include "apiserver/agents/reports.h"

#include <algorithm>
#include <cmath>

#include "machinery/meta/time.h"
#include "machinery/value/utf8.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string TimeText(std::int64_t unix_ns) {
  return FormatMicroTime(WallTime(std::chrono::nanoseconds(unix_ns)));
}

TaskAttempt& Current(TaskStatus& status) {
  const auto same = [&](const TaskAttempt& attempt) { return attempt.number == status.attempt; };
  return *std::find_if(status.attempts.begin(), status.attempts.end(), same);
}

Status Refused(const Task& task, const std::string& why) {
  return Conflict(Task::kResource, task.metadata.name, why);
}

std::string Name(std::int64_t attempt) {
  return "attempt " + std::to_string(attempt);
}

void SetTaskCondition(TaskStatus& status, const Task& task, std::string_view type,
                      std::string_view reason, const std::string& message, const std::string& at) {
  Condition condition{std::string(type), "True", std::string(reason),
                      message,           {},     task.metadata.generation};
  SetCondition(status.conditions, std::move(condition), at);
}

TaskAttempt EndOf(const TaskAttempt& attempt, const v1::Finished& report) {
  TaskAttempt ended = attempt;
  ended.finish_time = TimeText(report.time_unix_ns());
  ended.execution_time_ms = report.execution_time_ms();
  if (report.signal() != 0) {
    ended.signal = report.signal();
  } else {
    ended.exit_code = report.exit_code();
  }
  ended.reason = report.reason();
  ended.message = Utf8Tail(report.message(), kMaxResultBytes);
  return ended;
}

// As the task controller sees it: an attempt that was stopped on request, or whose end nobody saw,
// is no success whatever its code.
bool IsSuccess(const v1::Finished& report) {
  return report.signal() == 0 && report.exit_code() == 0 && report.reason() != "Cancelled" &&
         report.reason() != "Lost" && report.reason() != "StartFailed" &&
         report.reason() != "Unhealthy" && report.reason() != "TimedOut";
}

std::optional<TaskUsage> UsageIn(const v1::Finished& report) {
  if (!report.has_usage()) return std::nullopt;
  const double rate = report.usage().tokens_per_second();
  TaskUsage usage;
  usage.prompt_tokens = report.usage().prompt_tokens();
  usage.completion_tokens = report.usage().completion_tokens();
  if (std::isfinite(rate) && rate > 0) usage.tokens_per_second = rate;
  return usage;
}

void Succeed(const Task& task, const TaskAttempt& ended, TaskStatus& status) {
  const std::string message =
      "Attempt " + std::to_string(ended.number) + " on node " + ended.node_name + " succeeded";
  status.phase = "Succeeded";
  status.reason = "Completed";
  status.message = message;
  status.completion_time = ended.finish_time;
  status.next_attempt_time.clear();
  SetTaskCondition(status, task, "Complete", "Completed", message, ended.finish_time);
}

// How many bytes at the end of `text` may be kept so that the first of them begins a character.
std::string_view TailFromCharacter(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  text.remove_prefix(text.size() - max_bytes);
  for (int i = 0; i < 3 && !text.empty() && (text.front() & '\xC0') == '\x80'; ++i) {
    text.remove_prefix(1);
  }
  return text;
}

}  // namespace

bool IsFinished(const TaskStatus& status) {
  return status.phase == "Succeeded" || status.phase == "Failed" || status.phase == "Cancelled";
}

const TaskAttempt* CurrentAttempt(const TaskStatus& status) {
  for (const TaskAttempt& attempt : status.attempts) {
    if (attempt.number == status.attempt) return &attempt;
  }
  return nullptr;
}

bool IsOpen(const TaskStatus& status) {
  const TaskAttempt* attempt = CurrentAttempt(status);
  return attempt != nullptr && attempt->finish_time.empty() && !IsFinished(status) &&
         (status.phase == "Scheduled" || status.phase == "Running");
}

bool IsFromBackup(const TaskStatus& status) {
  return IsOpen(status) && status.attempt < status.next_attempt;
}

Status CheckFence(const Task& task, const std::string& node, const v1::AttemptRef& ref) {
  if (task.metadata.uid != ref.uid()) {
    return Refused(task, "it is another Task of the same name: this one was deleted");
  }
  if (ref.attempt() != task.status.attempt) {
    return Refused(task, Name(ref.attempt()) + " is fenced by " + Name(task.status.attempt));
  }
  const TaskAttempt* attempt = CurrentAttempt(task.status);
  if (attempt == nullptr) return Refused(task, Name(ref.attempt()) + " was never assigned");
  if (attempt->node_name != node) {
    return Refused(task, Name(ref.attempt()) + " belongs to node " + attempt->node_name);
  }
  return Status::Ok();
}

Result<TaskStatus> ApplyStarted(const Task& task, const std::string& node,
                                const v1::AttemptRef& ref, const v1::Started& report) {
  NOIZY_RETURN_IF_ERROR(CheckFence(task, node, ref));
  TaskStatus next = task.status;
  TaskAttempt& attempt = Current(next);
  const std::string started = TimeText(report.time_unix_ns());
  if (attempt.start_time == started) return next;  // told before
  if (!IsOpen(next)) {
    return Refused(task, Name(ref.attempt()) + " has ended: " + attempt.reason);
  }
  attempt.start_time = started;
  if (next.start_time.empty()) next.start_time = started;
  next.phase = "Running";
  next.reason = "Started";
  next.message = "Attempt " + std::to_string(ref.attempt()) + " started on node " + node;
  SetTaskCondition(next, task, "Started", "Started", next.message, started);
  return next;
}

Result<TaskStatus> ApplyFinished(const Task& task, const std::string& node,
                                 const v1::AttemptRef& ref, const v1::Finished& report) {
  NOIZY_RETURN_IF_ERROR(CheckFence(task, node, ref));
  TaskStatus next = task.status;
  TaskAttempt& attempt = Current(next);
  const TaskAttempt ended = EndOf(attempt, report);
  if (!attempt.finish_time.empty()) {
    if (attempt == ended) return next;  // told before
    return Refused(task, Name(ref.attempt()) + " was ended before: " + attempt.reason);
  }
  if (IsFinished(next)) return Refused(task, "it is finished: " + next.phase);
  attempt = ended;
  next.execution_time_ms = ended.execution_time_ms;
  next.exit_code = ended.exit_code;
  next.usage = UsageIn(report);
  next.result = Utf8Tail(report.result(), kMaxResultBytes);
  if (IsSuccess(report) && task.spec.restart_policy != "Always") Succeed(task, ended, next);
  return next;
}

Result<TaskStatus> ApplyGivenUp(const Task& task, const std::string& node,
                                const v1::AttemptRef& ref, std::string_view reason,
                                std::string_view message, WallTime now) {
  NOIZY_RETURN_IF_ERROR(CheckFence(task, node, ref));
  TaskStatus next = task.status;
  if (!IsOpen(next)) return next;
  TaskAttempt& attempt = Current(next);
  attempt.finish_time = FormatMicroTime(now);
  attempt.reason = reason;
  attempt.message = message;
  return next;
}

Result<TaskStatus> ApplyClaim(const Task& task, const std::string& node, const v1::AttemptRef& ref,
                              std::int64_t epoch) {
  NOIZY_RETURN_IF_ERROR(CheckFence(task, node, ref));
  TaskStatus next = task.status;
  if (IsOpen(next)) Current(next).lease_epoch = epoch;
  return next;
}

std::string Utf8Tail(std::string_view bytes, std::size_t max_bytes) {
  const std::string_view tail = TailFromCharacter(bytes, max_bytes);
  std::string text;
  text.reserve(tail.size());
  for (std::size_t at = 0; at < tail.size();) {
    const std::size_t length = DecodeUtf8(tail, at).bytes;
    text += length == 0 ? kReplacement : tail.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  // Replacements are longer than what they replace.
  return text.size() <= max_bytes ? text : std::string(TailFromCharacter(text, max_bytes));
}

}  // namespace noizy::apiserver
