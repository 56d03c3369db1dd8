// The process between the agent and one task: it outlives the agent, so that tasks survive its
// restarts and upgrades.
//
// A supervisor is this very binary started as `noizy task-supervisor FOLDER`, or a copy of one kept
// ready (supervisor_starter.h), with a SupervisorSpec on its standard input and the folder's lock
// as descriptor 3. It is single-threaded, leads a session of its own, and sleeps in poll:
//
//   with a lease: arm the timer of the kernel that kills this process when it ends; each renewal
//     moves it, and shortly before it the task is frozen
//     → start the task (its own session and cgroup; SIGKILL when the supervisor dies; with a lease
//     in a PID namespace, which dies whole)
//     → copy stdout and stderr to the log, keep stdout's tail
//     → SIGTERM from the agent (stop.json says why) or the timeout: SIGTERM to the task's group,
//     SIGKILL to all of it after
//       the grace
//     → the task's first process ended: kill what it left behind, write state.json durably, end
//
// The agent learns of its end through a process handle and reads state.json. A supervisor that is
// killed takes its task's first process with it; the agent, or the next one, kills the rest.
#pragma once

#include <string_view>

namespace noizy::nodeagent {

/// The hidden subcommand's name.
inline constexpr std::string_view kSupervisorCommand = "task-supervisor";
/// Instead of a folder: stay ready, and make copies that are supervisors
/// (machinery/os/fork_server.h).
inline constexpr std::string_view kForkServerFlag = "--fork-server";

/// The body of `noizy task-supervisor FOLDER`: argv[0] is the subcommand, argv[1] the attempt's
/// folder or kForkServerFlag. Call it before any thread is started. Returns the exit code: 0 when
/// the task's end is on disk, however the task ended.
int RunSupervisor(int argc, char** argv);

}  // namespace noizy::nodeagent
