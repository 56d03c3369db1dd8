// A PID namespace for one program. Its first process, the init, is a fork of the caller: the
// program's parent, the reaper of what that orphans, and the one whose death the kernel answers by
// killing everything in the namespace (pid_namespaces(7)).
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "machinery/os/confine.h"
#include "machinery/os/files.h"
#include "machinery/os/spawn.h"

namespace noizy {
namespace {

constexpr char kWhat[] = "make a PID namespace";

// What the init says first: whether the program runs, else why not.
struct Opening {
  bool runs = false;
  StatusReason reason = StatusReason::kUnknown;
  std::array<char, 500> message{};  // ends with zero
};

struct Wires {
  Pipe report;    // the init's words
  Pipe lifeline;  // nobody but the caller holds its write end: closed, the caller is dead
};

// Who makes the namespace, and whether in a user namespace of its own.
struct Maker {
  uid_t id = 0;
  gid_t group = 0;
  bool nested = false;
};

std::string_view BytesOf(const auto& object) {
  return {reinterpret_cast<const char*>(&object), sizeof(object)};
}

// The calls below run in the init.

[[noreturn]] void Leave() {
  ::_exit(1);
}

void WriteOrLeave(int fd, std::string_view bytes) {
  if (!WriteAll(fd, bytes).ok()) Leave();  // nobody listens any more
}

void WriteKernelFile(const char* path, const std::string& text) {
  if (const auto file = OpenToAppend(path); file.ok()) (void)WriteAll(file->get(), text);
}

// In a user namespace we are nobody until we say who we are: the same user and group as outside.
void MapOwnUser(const Maker& maker) {
  const std::string id = std::to_string(maker.id);
  const std::string group = std::to_string(maker.group);
  WriteKernelFile("/proc/self/setgroups", "deny");
  WriteKernelFile("/proc/self/uid_map", id + " " + id + " 1");
  WriteKernelFile("/proc/self/gid_map", group + " " + group + " 1");
}

// A /proc that shows the namespace. Where a container does not allow it programs see the outer one,
// which serves all but tools that look for other processes.
bool MountOwnProc() {
  return KeepMounts() &&
         ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

// Of one user and one user namespace, whoever sees another's /proc reaches its files.
Status MakeView(const ProcessSpec& spec, const Maker& maker) {
  const bool own_proc = MountOwnProc();
  if (!spec.confinement) return Status::Ok();
  if (!own_proc && !maker.nested) return SystemError("mount a /proc of its own", errno);
  return HideFolder(*spec.confinement);
}

void DieWithCaller(Wires& wires) {
  wires.lifeline.write.Reset();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may have died before the signal was armed. Its pid cannot be asked for: it is outside.
  const std::array line = {wires.lifeline.read.get()};
  if (AwaitReadable(line, Duration::zero())[0]) Leave();
}

Opening OpeningFor(const Status& status) {
  Opening opening{status.ok(), status.reason(), {}};
  const std::string& words = status.message();
  std::memcpy(opening.message.data(), words.data(),
              std::min(words.size(), opening.message.size() - 1));
  return opening;
}

// The program's end is the namespace's.
void ReapAll(pid_t program, int report) {
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != program) continue;
    const ExitStatus exit =
        WIFEXITED(status) ? ExitStatus{WEXITSTATUS(status), 0} : ExitStatus{0, WTERMSIG(status)};
    WriteOrLeave(report, BytesOf(exit));
    ::_exit(0);
  }
}

[[noreturn]] void Serve(pid_t program, int report) {
  sigset_t all;
  ::sigfillset(&all);
  while (true) {
    const int signal = ::sigwaitinfo(&all, nullptr);
    if (signal == SIGCHLD) ReapAll(program, report);
    if (signal == SIGTERM) ::kill(-program, SIGTERM);
    // To all but the sender.
    if (signal == SIGTSTP) ::kill(-1, SIGSTOP);
    if (signal == SIGCONT) ::kill(-1, SIGCONT);
  }
}

[[noreturn]] void RunInit(const ProcessSpec& spec, const Maker& maker, Wires& wires) {
  if (maker.nested) MapOwnUser(maker);
  DieWithCaller(wires);
  ::prctl(PR_SET_NAME, "noizy-init");
  ::setsid();  // so that what is sent to our group does not reach the caller
  const Status view = MakeView(spec, maker);
  const Result<pid_t> program = view.ok() ? SpawnChild(spec) : Result<pid_t>(view);
  const int report = wires.report.write.get();
  WriteOrLeave(report, BytesOf(OpeningFor(program.status())));
  if (!program.ok()) Leave();
  Serve(*program, report);
}

// The calls below run in the caller.

pid_t Clone(unsigned long flags) {
  return static_cast<pid_t>(
      ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

// Whoever may not make one as itself may in a user namespace, unless that is forbidden too.
pid_t CloneIntoNamespace(Maker& maker) {
  const pid_t init = Clone(CLONE_NEWPID | CLONE_NEWNS);
  if (init >= 0 || errno != EPERM) return init;
  maker.nested = true;
  return Clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS);
}

// Whether `works` says so in a namespace of its own, in a process that ends at once. It may not
// allocate.
template <typename Works>
bool TryNamespace(const Works& works) {
  Maker maker;
  const pid_t init = CloneIntoNamespace(maker);
  if (init == 0) ::_exit(works(maker) ? 0 : 1);
  if (init < 0) return false;
  int status = 0;
  while (::waitpid(init, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// No handler of ours may run in the init, and no signal be lost before it waits for them.
pid_t ForkInit(const ProcessSpec& spec, Wires& wires) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  Maker maker{::geteuid(), ::getegid()};
  const pid_t init = CloneIntoNamespace(maker);
  if (init == 0) RunInit(spec, maker, wires);
  const int error = errno;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return init;
}

Status ReadOpening(int fd) {
  Opening opening;
  NOIZY_ASSIGN_OR_RETURN(const std::size_t got,
                         ReadSome(fd, {reinterpret_cast<char*>(&opening), sizeof(opening)}));
  if (got != sizeof(opening)) return Internal("the new namespace ended before its program ran");
  if (opening.runs) return Status::Ok();
  return {opening.reason, opening.message.data()};
}

}  // namespace

Result<NamespaceInit> SpawnInPidNamespace(const ProcessSpec& spec) {
  NOIZY_ASSIGN_OR_RETURN(Pipe report, MakePipe());
  NOIZY_ASSIGN_OR_RETURN(Pipe lifeline, MakePipe());
  Wires wires{std::move(report), std::move(lifeline)};
  const pid_t init = ForkInit(spec, wires);
  if (init < 0) return SystemError(kWhat, errno);
  wires.report.write.Reset();
  if (const Status opened = ReadOpening(wires.report.read.get()); !opened.ok()) {
    while (::waitpid(init, nullptr, 0) < 0 && errno == EINTR) {
    }
    return opened;
  }
  return NamespaceInit{init, std::move(wires.report.read)};
}

bool CanMakePidNamespace() {
  return TryNamespace([](const Maker&) { return true; });
}

// The user namespace's mappings are not tried: that would allocate, and this process may have
// threads.
Status TryConfinement(const User& user) {
  if (user.id == 0) return BadRequest("tasks are not kept apart from anything as root");
  const bool works = TryNamespace([&](const Maker& maker) {
    if (maker.nested) return IsThisUser(user) && KeepMounts();
    return MountOwnProc() && BecomeUser(user) == 0;
  });
  if (works) return Status::Ok();
  const std::string what = "tasks cannot be confined as the user \"" + user.name + "\" here: ";
  if (IsThisUser(user)) return Forbidden(what + "this system denies its users namespaces");
  return Forbidden(what +
                   "that needs root, or root's capabilities SYS_ADMIN, SETUID, SETGID, "
                   "SETPCAP, CHOWN, DAC_OVERRIDE and KILL");
}

}  // namespace noizy
