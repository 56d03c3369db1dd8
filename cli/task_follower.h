// Follows a task from its creation to its end: its output to stdout, attempt by attempt, what
// happens to it to stderr.
#pragma once

#include <cstdint>
#include <functional>

#include "cli/targets.h"

namespace noizy::cli {

class TaskFollower {
 public:
  TaskFollower(Invocation& invocation, Session& session, const Target& target,
               std::function<bool()> interrupted)
      : invocation_(invocation),
        session_(session),
        target_(target),
        interrupted_(std::move(interrupted)) {}

  /// The task's exit code when it ran to its end (128 + the signal's number when one ended it), 1
  /// when it failed without one, kExitInterrupted when Ctrl-C ended the following.
  Result<int> Follow();

 private:
  /// Waits until there is an attempt to follow, or the task is at its end.
  Status AwaitAttempt();
  void TellWaiting();
  int Verdict() const;
  int SayInterrupted() const;
  bool Interrupted();

  Invocation& invocation_;
  Session& session_;
  const Target& target_;
  std::function<bool()> interrupted_;
  bool was_interrupted_ = false;
  Value task_;
  std::int64_t followed_ = 0;  // the attempt whose output was shown last
  std::string told_;           // the last thing said about the waiting
};

/// Whether a phase is an end: Succeeded, Failed, Cancelled.
bool IsEndPhase(std::string_view phase);

}  // namespace noizy::cli
