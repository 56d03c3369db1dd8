// How a process comes to be, below Process. For this folder only.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "machinery/base/status.h"
#include "machinery/os/fd.h"
#include "machinery/os/process.h"

namespace noizy {

/// Starts the program as a child of the calling thread's process; the errors of Process::Spawn.
/// `spec.pid_namespace` is the caller's business.
Result<pid_t> SpawnChild(const ProcessSpec& spec);

/// The first process of a new PID namespace, which runs the program as its child.
struct NamespaceInit {
  pid_t pid = 0;    // in the caller's namespace
  UniqueFd status;  // an ExitStatus comes from here when the program has ended
};

/// For a single-threaded caller, whose end ends the namespace. The init passes SIGTERM on to the
/// program's process group; SIGTSTP stops and SIGCONT continues every process of the namespace;
/// SIGKILL ends them all at one instant, as does the program's own end.
Result<NamespaceInit> SpawnInPidNamespace(const ProcessSpec& spec);

/// A handle on a process that is not reaped yet (pidfd_open); -1 with errno.
int PidfdOpen(pid_t pid);

/// When a process started, in clock ticks since boot; 0 for one that is not there.
std::uint64_t StartTicks(pid_t pid);

}  // namespace noizy
