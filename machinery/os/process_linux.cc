// Identity, signals and waiting over /proc and pidfd (Linux 5.3 and later).
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "machinery/os/files.h"
#include "machinery/os/parse_number.h"
#include "machinery/os/process.h"
#include "machinery/os/spawn.h"

namespace noizy {
namespace {

// By number, as pidfd_open: glibc 2.36 declares both without C linkage.
int PidfdSignal(int handle, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, handle, signal, nullptr, 0));
}

// What /proc/PID/stat says of a process.
struct ProcStat {
  char state = '?';
  pid_t parent = 0;
  std::uint64_t start_ticks = 0;
};

std::string ProcPath(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

Result<ProcStat> ReadStat(pid_t pid) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(ProcPath(pid, "stat")));
  // The command's name, in parentheses, may hold blanks and parentheses of its own: fields count
  // from the last one.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return Internal("unreadable " + ProcPath(pid, "stat"));
  constexpr int kState = 3;
  constexpr int kParent = 4;
  constexpr int kStartTime = 22;
  ProcStat stat;
  std::string_view rest = std::string_view(text).substr(name_end + 2);
  for (int field = kState; field <= kStartTime; ++field) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (field == kState && !word.empty()) stat.state = word[0];
    if (field == kParent) stat.parent = ParseNumber<pid_t>(word);
    if (field == kStartTime) stat.start_ticks = ParseNumber<std::uint64_t>(word);
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return stat;
}

std::vector<pid_t> AllPids() {
  std::vector<pid_t> pids;
  const auto names = ListFolder("/proc");
  if (!names.ok()) return pids;
  for (const std::string& name : *names) {
    if (const pid_t pid = ParseNumber<pid_t>(name); pid > 0) pids.push_back(pid);
  }
  return pids;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t pid : AllPids()) {
    if (const auto stat = ReadStat(pid); stat.ok() && stat->parent == parent)
      children.push_back(pid);
  }
  return children;
}

// Kills a child and reaps it, waiting up to `bound`.
void KillChild(pid_t child, Duration bound) {
  const UniqueFd handle(PidfdOpen(child));
  if (!handle) return;
  PidfdSignal(handle.get(), SIGKILL);
  pollfd exit{handle.get(), POLLIN, 0};
  ::poll(&exit, 1,
         static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(bound).count()));
  ::waitpid(child, nullptr, WNOHANG);
}

// What an init that has ended said of its program; nothing when it was killed.
ExitStatus ReadExit(int fd) {
  ExitStatus exit;
  const auto got = ReadSome(fd, {reinterpret_cast<char*>(&exit), sizeof(exit)});
  return got.ok() && *got == sizeof(exit) ? exit : ExitStatus{0, SIGKILL};
}

bool Holds(std::string_view environment, const std::string& entry) {
  const std::string whole = '\0' + entry + '\0';
  return environment.find(whole) != std::string_view::npos;
}

}  // namespace

int PidfdOpen(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

std::uint64_t StartTicks(pid_t pid) {
  const auto stat = ReadStat(pid);
  return stat.ok() ? stat->start_ticks : 0;
}

const std::string& BootId() {
  static const std::string id = [] {
    std::string text = ReadFile("/proc/sys/kernel/random/boot_id").ValueOr("");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }();
  return id;
}

Result<ProcessIdentity> IdentifyProcess(pid_t pid) {
  const auto stat = ReadStat(pid);
  if (!stat.ok() || stat->state == 'Z' || stat->state == 'X') {
    return NotFound("process", std::to_string(pid));
  }
  return ProcessIdentity{pid, stat->start_ticks, BootId()};
}

Result<ProcessIdentity> IdentifyThisProcess() {
  return IdentifyProcess(::getpid());
}

Result<Process> Process::OfChild(pid_t child, UniqueFd status) {
  UniqueFd handle(PidfdOpen(child));
  if (!handle) return SystemError("hold the new process", errno);
  NOIZY_ASSIGN_OR_RETURN(const ProcStat stat, ReadStat(child));
  return Process({child, stat.start_ticks, BootId()}, std::move(handle), std::move(status));
}

Result<Process> Process::Open(const ProcessIdentity& identity) {
  // The handle comes first: what it holds is then compared, and cannot change any more.
  UniqueFd handle(PidfdOpen(identity.pid));
  const auto found = IdentifyProcess(identity.pid);
  if (!handle || !found.ok() || *found != identity) {
    return NotFound("process", std::to_string(identity.pid));
  }
  return Process(identity, std::move(handle), UniqueFd());
}

Status Process::Signal(int signal) const {
  if (PidfdSignal(handle_.get(), signal) == 0) return Status::Ok();
  return SystemError("signal process " + std::to_string(pid()), errno);
}

Status Process::SignalGroup(int signal) const {
  if (const Status alive = Signal(0); !alive.ok()) return alive;
  if (::kill(-pid(), signal) == 0) return Status::Ok();
  return SystemError("signal process group " + std::to_string(pid()), errno);
}

Result<std::optional<ExitStatus>> Process::TryWait() const {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(handle_.get()), &info, WEXITED | WNOHANG) != 0) {
    return NotFound("child process", std::to_string(pid()));
  }
  if (info.si_pid == 0) return std::optional<ExitStatus>();
  if (status_) return std::optional<ExitStatus>(ReadExit(status_.get()));
  const bool exited = info.si_code == CLD_EXITED;
  return std::optional<ExitStatus>(exited ? ExitStatus{info.si_status, 0}
                                          : ExitStatus{0, info.si_status});
}

std::string SelfExecutable() {
  return "/proc/self/exe";
}

std::string SignalName(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(signal);
}

Status AdoptOrphans() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
    return SystemError("adopt orphaned processes", errno);
  return Status::Ok();
}

bool KillDescendants(Duration bound) {
  const MonotonicTime end = RealClock::Instance().Monotonic() + bound;
  while (true) {
    pid_t reaped = 0;
    while ((reaped = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0) return true;  // ECHILD: none is left
    const Duration left = end - RealClock::Instance().Monotonic();
    if (left <= Duration::zero()) return false;
    // The children of a killed child become ours: the next round finds them.
    for (const pid_t child : ChildrenOf(::getpid())) KillChild(child, left);
  }
}

std::vector<ProcessIdentity> FindProcessesByEnvironment(const std::vector<std::string>& entries) {
  std::vector<ProcessIdentity> found;
  for (const pid_t pid : AllPids()) {
    const auto identity = IdentifyProcess(pid);
    const auto environment = ReadFile(ProcPath(pid, "environ"));
    if (!identity.ok() || !environment.ok()) continue;
    const std::string framed = '\0' + *environment;
    if (std::all_of(entries.begin(), entries.end(),
                    [&](const auto& entry) { return Holds(framed, entry); })) {
      found.push_back(*identity);
    }
  }
  return found;
}

}  // namespace noizy
