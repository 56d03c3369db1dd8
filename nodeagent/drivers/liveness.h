// Whether a task still works: its liveness command, asked again and again beside it.
//
//   initial delay ─▶ ask ─┬ it succeeds: failures start over ─▶ period ─▶ ask …
//                         └ it fails, or takes too long: one failure more; at the threshold: dead
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/os/process.h"

namespace noizy::nodeagent {

struct LivenessSpec {
  std::vector<std::string> command;  // empty: nobody asks
  Duration initial_delay{0};
  Duration period{0};
  Duration timeout{0};
  int failure_threshold = 1;

  bool operator==(const LivenessSpec&) const = default;
};

/// The supervisor's; its thread's alone.
class Liveness {
 public:
  /// `around` is how the command is run: the task's environment, folder and control group.
  Liveness(LivenessSpec spec, ProcessSpec around, MonotonicTime started);

  /// Starts, judges or ends the command, as is due. Why the task counts as dead, once it does.
  std::optional<std::string> Look(MonotonicTime now);
  /// When Look has something to do, unless the command ends before.
  MonotonicTime due() const { return due_; }
  /// Readable when the command has ended; -1 while none runs.
  int fd() const { return asked_ ? asked_->exit_fd() : -1; }
  /// The task stood still: what was asked meanwhile says nothing of it.
  void Forget(MonotonicTime now);

 private:
  void Ask(MonotonicTime now);
  std::optional<std::string> Judge(MonotonicTime now, std::string fault);

  const LivenessSpec spec_;
  const ProcessSpec around_;
  std::optional<Process> asked_;
  std::string spawn_fault_;
  bool too_late_ = false;
  MonotonicTime asked_at_{};
  MonotonicTime due_;
  int failures_ = 0;
};

}  // namespace noizy::nodeagent
