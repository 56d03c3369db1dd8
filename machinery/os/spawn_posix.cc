// Process::Spawn: vfork, then only async-signal-safe calls until exec, since other threads may have
// held any lock. All that allocates happens before; the child tells over a pipe, closed by
// exec, which step failed.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "machinery/os/confine.h"
#include "machinery/os/spawn.h"

namespace noizy {
namespace {

enum class Step : int {
  kDescriptors,
  kSession,
  kCgroup,
  kLimits,
  kUser,
  kParent,
  kWorkingDir,
  kFilter,
  kExec
};

struct Failure {
  Step step;
  int error;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// Everything the child needs, laid out before the fork.
struct Plan {
  Plan(const ProcessSpec& spec, std::string executable)
      : spec(spec),
        executable(std::move(executable)),
        argv(Pointers(spec.argv)),
        env(Pointers(spec.env)) {
    sources = {spec.stdin_fd, spec.stdout_fd, spec.stderr_fd};
    sources.insert(sources.end(), spec.inherited.begin(), spec.inherited.end());
    if (spec.confinement) filter = &ConfinedFilter();
  }
  const ProcessSpec& spec;
  std::string executable;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::vector<int> sources;               // sources[i] becomes descriptor i; -1: /dev/null
  const SyscallFilter* filter = nullptr;  // of a confined program
  pid_t parent = ::getpid();
  int report_fd = -1;
};

// The calls below run in the child.

[[noreturn]] void Fail(int report_fd, Step step, int error) {
  const Failure failure{step, error};
  [[maybe_unused]] const ssize_t written = ::write(report_fd, &failure, sizeof(failure));
  ::_exit(127);
}

void CloseFrom(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  const long limit = ::sysconf(_SC_OPEN_MAX);  // kernels before 5.9
  for (int fd = first; fd < limit; ++fd) ::close(fd);
}

// Sources may lie among the targets, so all of them first move above the targets. Returns the moved
// report descriptor.
int PlaceDescriptors(Plan& plan) {
  const int count = static_cast<int>(plan.sources.size());
  const int report = ::fcntl(plan.report_fd, F_DUPFD_CLOEXEC, count + 1);
  if (report < 0) Fail(plan.report_fd, Step::kDescriptors, errno);
  for (int& source : plan.sources) {
    source = source >= 0 ? ::fcntl(source, F_DUPFD_CLOEXEC, count + 1)
                         : ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (source >= 0 && source < count) source = ::fcntl(source, F_DUPFD_CLOEXEC, count + 1);
    if (source < 0) Fail(report, Step::kDescriptors, errno);
  }
  for (int i = 0; i < count; ++i) {
    if (::dup2(plan.sources[static_cast<std::size_t>(i)], i) < 0)
      Fail(report, Step::kDescriptors, errno);
  }
  if (::dup2(report, count) < 0 || ::fcntl(count, F_SETFD, FD_CLOEXEC) != 0) {
    Fail(report, Step::kDescriptors, errno);
  }
  CloseFrom(count + 1);
  return count;
}

void ResetSignals(const std::vector<int>& blocked) {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t mask;
  ::sigemptyset(&mask);
  for (const int signal : blocked) ::sigaddset(&mask, signal);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

void JoinCgroups(const Plan& plan, int report) {
  for (const std::string& file : plan.spec.cgroup_procs) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || ::write(fd, "0", 1) != 1) Fail(report, Step::kCgroup, errno);
    ::close(fd);
  }
}

void SetLimit(int report, decltype(RLIMIT_CORE) what, rlim_t most) {
  const rlimit limit{most, most};
  if (::setrlimit(what, &limit) != 0) Fail(report, Step::kLimits, errno);
}

void SetLimits(const Plan& plan, int report) {
  if (!plan.spec.core_dumps) SetLimit(report, RLIMIT_CORE, 0);
  if (!plan.spec.confinement || plan.spec.confinement->max_processes == 0) return;
  SetLimit(report, RLIMIT_NPROC, static_cast<rlim_t>(plan.spec.confinement->max_processes));
}

// What it makes is its user's alone.
void TakeUser(const Plan& plan, int report) {
  if (!plan.spec.confinement) return;
  constexpr mode_t kOthers = 077;
  ::umask(kOthers);
  if (const int error = BecomeUser(plan.spec.confinement->user); error != 0)
    Fail(report, Step::kUser, error);
}

// After the change of user, which would disarm the signal.
void TieToParent(const Plan& plan, int report) {
  if (plan.spec.parent_death != ParentDeath::kDie) return;
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) Fail(report, Step::kParent, errno);
  // The parent may have died before the signal was armed.
  if (::getppid() != plan.parent) ::_exit(127);
}

[[noreturn]] void RunChild(Plan& plan) {
  const int report = PlaceDescriptors(plan);
  if (::setsid() < 0) Fail(report, Step::kSession, errno);
  JoinCgroups(plan, report);
  SetLimits(plan, report);
  TakeUser(plan, report);
  TieToParent(plan, report);
  if (!plan.spec.working_dir.empty() && ::chdir(plan.spec.working_dir.c_str()) != 0) {
    Fail(report, Step::kWorkingDir, errno);
  }
  ResetSignals(plan.spec.blocked_signals);
  if (plan.filter != nullptr) {
    if (const int error = FilterSystemCalls(*plan.filter); error != 0)
      Fail(report, Step::kFilter, error);
  }
  ::execve(plan.executable.c_str(), plan.argv.data(), plan.env.data());
  Fail(report, Step::kExec, errno);
}

// The calls below run in the parent.

std::string WordsFor(Step step, const Plan& plan) {
  switch (step) {
    case Step::kDescriptors:
      return "hand over its descriptors";
    case Step::kSession:
      return "start a session";
    case Step::kCgroup:
      return "join its cgroup";
    case Step::kLimits:
      return "set its limits";
    case Step::kUser:
      return "become the user \"" + plan.spec.confinement->user.name + "\"";
    case Step::kParent:
      return "tie its life to its parent's";
    case Step::kWorkingDir:
      return "enter the working folder \"" + plan.spec.working_dir + "\"";
    case Step::kFilter:
      return "filter its system calls";
    case Step::kExec:
      return "run \"" + plan.executable + "\"";
  }
  return "start it";
}

// No handler of ours may run in the child, so all signals wait until each side has its own mask
// again.
pid_t ForkWithSignalsBlocked(Plan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // vfork: a fork would copy the page tables of a process with a large heap, and make it fault on
  // each page it writes afterwards. The child borrows our memory while this thread waits for its
  // exec, and changes nothing but its plan.
  const pid_t child = ::vfork();
  if (child == 0) RunChild(plan);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return child;
}

std::string PathOf(const std::vector<std::string>& env) {
  for (const std::string& entry : env) {
    if (entry.starts_with("PATH=")) return entry.substr(5);
  }
  return "";
}

// Ok when exec closed the pipe without a report. A child that failed is reaped here.
Status AwaitExec(const UniqueFd& reports, pid_t child, const Plan& plan) {
  Failure failure{};
  ssize_t got = 0;
  do {
    got = ::read(reports.get(), &failure, sizeof(failure));
  } while (got < 0 && errno == EINTR);
  if (got == 0) return Status::Ok();
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (got != sizeof(failure)) return Internal("the new process ended before it ran");
  return SystemError(WordsFor(failure.step, plan), failure.error);
}

}  // namespace

Result<std::string> FindExecutable(std::string_view name, std::string_view path) {
  if (name.empty()) return BadRequest("the command's first word is empty");
  if (name.find('/') != std::string_view::npos) {
    // Checked by exec, which says more; a relative name is meant from the working folder.
    return std::string(name);
  }
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), folder.size() + 1));
    const std::string candidate = std::string(folder) + "/" + std::string(name);
    std::error_code error;
    if (!folder.empty() && std::filesystem::is_regular_file(candidate, error) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return Status(StatusReason::kNotFound, "executable \"" + std::string(name) + "\" is not in PATH");
}

Result<pid_t> SpawnChild(const ProcessSpec& spec) {
  if (spec.argv.empty()) return BadRequest("there is no command to run");
  const std::string& program = spec.executable.empty() ? spec.argv[0] : spec.executable;
  NOIZY_ASSIGN_OR_RETURN(std::string executable, FindExecutable(program, PathOf(spec.env)));
  Plan plan(spec, std::move(executable));
  NOIZY_ASSIGN_OR_RETURN(Pipe reports, MakePipe());
  plan.report_fd = reports.write.get();
  const pid_t child = ForkWithSignalsBlocked(plan);
  if (child < 0) return SystemError("start a process", errno);
  reports.write.Reset();
  NOIZY_RETURN_IF_ERROR(AwaitExec(reports.read, child, plan));
  return child;
}

Result<Process> Process::Spawn(const ProcessSpec& spec) {
  if (spec.pid_namespace == PidNamespace::kShared) {
    NOIZY_ASSIGN_OR_RETURN(const pid_t child, SpawnChild(spec));
    return OfChild(child, UniqueFd());
  }
  NOIZY_ASSIGN_OR_RETURN(NamespaceInit init, SpawnInPidNamespace(spec));
  return OfChild(init.pid, std::move(init.status));
}

}  // namespace noizy
