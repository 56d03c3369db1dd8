// Processes: how one is started, known again, signalled and waited for.
//
// A pid alone names nobody: it is recycled. A ProcessIdentity adds when the process started and in
// which boot, and a Process holds a kernel handle (pidfd on Linux), so that a signal never reaches
// a stranger.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/confinement.h"
#include "machinery/os/fd.h"

namespace noizy {

/// How a process ended: by itself with `code`, or by `signal` (then `code` says nothing).
struct ExitStatus {
  int code = 0;
  int signal = 0;

  bool operator==(const ExitStatus&) const = default;
};

/// One process of one boot. Equal identities are the same process.
struct ProcessIdentity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  // clock ticks since boot
  std::string boot_id;

  bool operator==(const ProcessIdentity&) const = default;
};

/// This boot's id; another boot has another one.
const std::string& BootId();
/// NotFound when there is none, or when it has ended and waits to be reaped.
Result<ProcessIdentity> IdentifyProcess(pid_t pid);
Result<ProcessIdentity> IdentifyThisProcess();

enum class ParentDeath : std::uint8_t {
  kSurvive,
  kDie,  // SIGKILL when the thread that spawned it ends, however it ends
};

enum class PidNamespace : std::uint8_t {
  kShared,
  kOwn,  // all it starts ends with it, by the kernel's hand; for a single-threaded caller
};
/// Whether kOwn works here. Tries it out with a process that ends at once.
bool CanMakePidNamespace();

/// What to run. The child starts its own session and process group, with default signal actions, an
/// empty signal mask and no descriptors but the named ones.
struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0]: a path, or a name looked up in PATH of `env`
  std::string executable;         // a path to run instead of argv[0]
  std::vector<std::string> env;   // NAME=value; all the child gets
  std::string working_dir;        // empty: the caller's
  int stdin_fd = -1;              // -1: /dev/null
  int stdout_fd = -1;
  int stderr_fd = -1;
  std::vector<int>
      blocked_signals;         // for a program that waits for them: none is lost before it does
  std::vector<int> inherited;  // become descriptors 3, 4, …
  std::vector<std::string> cgroup_procs;  // cgroup.procs files to join before it runs
  ParentDeath parent_death = ParentDeath::kSurvive;
  PidNamespace pid_namespace = PidNamespace::kShared;
  bool core_dumps = false;                      // a dump may hold secrets
  std::optional<Confinement> confinement = {};  // hides folders with kOwn alone
};

/// A running or ended process. Move only; thread-compatible. Destruction lets go of the handle, not
/// of the process. With a PID namespace of its own it is the namespace's init, which hands SIGTERM
/// to the program's group, stops all of the namespace on SIGTSTP and continues it on SIGCONT, and
/// ends when the program does.
class Process {
 public:
  /// Returns once the program runs. The errors say what failed in words: NotFound for a program or
  /// a working folder that is missing, Forbidden for one that may not be used.
  static Result<Process> Spawn(const ProcessSpec& spec);
  /// The process with that identity; NotFound when it has ended or its pid was recycled.
  static Result<Process> Open(const ProcessIdentity& identity);
  /// The process that `handle`, a pidfd, is known to hold.
  static Process OfHandle(ProcessIdentity identity, UniqueFd handle) {
    return {std::move(identity), std::move(handle), UniqueFd()};
  }

  const ProcessIdentity& identity() const { return identity_; }
  pid_t pid() const { return identity_.pid; }
  /// Becomes readable when the process has ended.
  int exit_fd() const { return handle_.get(); }

  /// NotFound when it has ended and was reaped.
  Status Signal(int signal) const;
  /// Signals its process group. Safe until the process is reaped: until then its pid is not
  /// recycled.
  Status SignalGroup(int signal) const;
  /// Reaps a child of this process. Empty while it runs; NotFound for somebody else's child. How
  /// the program ended; SIGKILL when its namespace was killed first.
  Result<std::optional<ExitStatus>> TryWait() const;

 private:
  Process(ProcessIdentity identity, UniqueFd handle, UniqueFd status)
      : identity_(std::move(identity)), handle_(std::move(handle)), status_(std::move(status)) {}

  /// The handle of a child just forked; it may have ended already.
  static Result<Process> OfChild(pid_t child, UniqueFd status);

  ProcessIdentity identity_;
  UniqueFd handle_;
  UniqueFd status_;  // of an init: its program's ExitStatus comes from here
};

/// The executable `name` stands for: itself when it holds a slash, else the first match in
/// `path` (colon-separated). NotFound, with words fit for a user, when there is none.
Result<std::string> FindExecutable(std::string_view name, std::string_view path);

/// A path that starts this very program again, even when its file was replaced meanwhile.
std::string SelfExecutable();

/// "SIGKILL"; "signal 77" for one without a name.
std::string SignalName(int signal);

/// From now on this process adopts orphaned descendants, so that KillDescendants finds them.
Status AdoptOrphans();
/// Kills and reaps every descendant of this process, those that left their process group and
/// session too. Needs AdoptOrphans. False when some were left after `bound` (a process in
/// uninterruptible sleep cannot be killed).
bool KillDescendants(Duration bound);

/// The processes whose initial environment holds all of `entries` ("NAME=value"), the caller's own
/// user's at least. A process in the middle of an exec shows no environment: ask again before
/// concluding that there is none.
std::vector<ProcessIdentity> FindProcessesByEnvironment(const std::vector<std::string>& entries);

}  // namespace noizy
