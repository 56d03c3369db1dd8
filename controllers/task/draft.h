// A plan while it is being made: the next state, and what people are told of it.
#pragma once

#include <string>
#include <string_view>

#include "controllers/task/task_state.h"

namespace noizy::task_controller {

inline constexpr std::string_view kSuspended = "Suspended";
/// The condition of a Task that was asked to leave its node.
inline constexpr std::string_view kDisruptionTarget = "DisruptionTarget";
inline constexpr std::string_view kSuspendedMessage = "The Task is suspended";

/// Refers to `seen`, which outlives it.
class Draft {
 public:
  explicit Draft(const Observed& seen) : seen_(seen), next_(seen.state) {}

  const Observed& seen() const { return seen_; }
  TaskState& next() { return next_; }

  void Set(std::string_view condition, std::string_view status, std::string_view reason,
           std::string_view message);
  /// Why the Task is in its phase.
  void Explain(std::string_view reason, std::string_view message);
  void Tell(std::string_view reason, std::string_view message) { Add(false, reason, message); }
  void Warn(std::string_view reason, std::string_view message) { Add(true, reason, message); }
  void LookAgain(WallTime at);

  /// Pending without a node: the scheduler's turn, from `at` on when given.
  void Wait(std::string_view reason, std::string_view message, std::optional<WallTime> at = {});
  /// The end: phase, completion time and the last attempt's figures. The caller sets the condition.
  void Finish(Phase phase, std::string_view reason, std::string_view message);

  Plan Done() &&;

 private:
  void Add(bool warning, std::string_view reason, std::string_view message);

  const Observed& seen_;
  TaskState next_;
  Plan plan_;
};

}  // namespace noizy::task_controller
