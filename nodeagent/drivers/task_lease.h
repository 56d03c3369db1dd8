// How long a task may run, told by the agent to the task's supervisor over a named pipe in the
// attempt's folder: each message is a time on the clock of RealClock::Monotonic, and the latest
// time counts.
#pragma once

#include <optional>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/fd.h"

namespace noizy::nodeagent {

/// Makes the folder's pipe. What is sent before the supervisor opens it is lost: the time it starts
/// with is in its spec.
Status MakeTaskLease(const std::string& folder);
/// The agent's side. Ok too when the task has no lease or its supervisor is gone.
Status RenewTaskLease(const std::string& folder, MonotonicTime until);
/// Whether the task of the folder runs by a lease.
bool HasTaskLease(const std::string& folder);

/// The supervisor's side.
class TaskLease {
 public:
  static Result<TaskLease> Open(const std::string& folder);
  /// Readable when a renewal came.
  int fd() const { return pipe_.get(); }
  /// The latest time among the renewals that came; none when none did.
  std::optional<MonotonicTime> Read();

 private:
  explicit TaskLease(UniqueFd pipe) : pipe_(std::move(pipe)) {}
  UniqueFd pipe_;
};

}  // namespace noizy::nodeagent
