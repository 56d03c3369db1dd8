#include "controllers/task/draft.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/time.h"

namespace noizy::task_controller {

void Draft::Set(std::string_view condition, std::string_view status, std::string_view reason,
                std::string_view message) {
  Condition next{
      std::string(condition), std::string(status), std::string(reason), std::string(message), {},
      seen_.generation};
  SetCondition(next_.conditions, std::move(next), FormatTime(seen_.now));
}

void Draft::Explain(std::string_view reason, std::string_view message) {
  next_.reason = reason;
  next_.message = message;
}

void Draft::LookAgain(WallTime at) {
  plan_.look_again = std::min(plan_.look_again.value_or(at), at);
}

void Draft::Add(bool warning, std::string_view reason, std::string_view message) {
  plan_.events.push_back({warning, std::string(reason), std::string(message)});
}

void Draft::Wait(std::string_view reason, std::string_view message, std::optional<WallTime> at) {
  next_.phase = Phase::kPending;
  next_.node_name.clear();
  next_.next_attempt_time = at;
  Explain(reason, message);
  Set("Scheduled", "False", reason, message);
  if (FindCondition(next_.conditions, "Started") != nullptr)
    Set("Started", "False", reason, message);
  const Condition* leaving = FindCondition(next_.conditions, kDisruptionTarget);
  if (leaving != nullptr && leaving->status == "True")
    Set(kDisruptionTarget, "False", "LeftItsNode", "The Task has left its node");
}

void Draft::Finish(Phase phase, std::string_view reason, std::string_view message) {
  next_.phase = phase;
  next_.next_attempt_time.reset();
  next_.completion_time = seen_.now;
  Explain(reason, message);
  if (next_.attempts.empty()) return;
  const Attempt& last = next_.attempts.back();
  next_.exit_code = last.exit_code;
  next_.execution_time_ms = last.execution_time_ms;
}

Plan Draft::Done() && {
  if (next_ != seen_.state) plan_.state = std::move(next_);
  return std::move(plan_);
}

}  // namespace noizy::task_controller
