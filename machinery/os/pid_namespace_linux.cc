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

// Who runs the program, and whether in a user namespace of its own.
struct User {
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
void MapOwnUser(const User& user) {
  const std::string id = std::to_string(user.id);
  const std::string group = std::to_string(user.group);
  WriteKernelFile("/proc/self/setgroups", "deny");
  WriteKernelFile("/proc/self/uid_map", id + " " + id + " 1");
  WriteKernelFile("/proc/self/gid_map", group + " " + group + " 1");
}

// A /proc that shows the namespace. Where a container does not allow it programs see the outer one,
// which serves all but tools that look for other processes.
void MountOwnProc() {
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return;
  (void)::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
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

[[noreturn]] void RunInit(const ProcessSpec& spec, const User& user, Wires& wires) {
  if (user.nested) MapOwnUser(user);
  DieWithCaller(wires);
  ::prctl(PR_SET_NAME, "noizy-init");
  ::setsid();  // so that what is sent to our group does not reach the caller
  MountOwnProc();
  const auto program = SpawnChild(spec);
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
pid_t CloneIntoNamespace(User& user) {
  const pid_t init = Clone(CLONE_NEWPID | CLONE_NEWNS);
  if (init >= 0 || errno != EPERM) return init;
  user.nested = true;
  return Clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS);
}

// No handler of ours may run in the init, and no signal be lost before it waits for them.
pid_t ForkInit(const ProcessSpec& spec, Wires& wires) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  User user{::geteuid(), ::getegid()};
  const pid_t init = CloneIntoNamespace(user);
  if (init == 0) RunInit(spec, user, wires);
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
  User user;
  const pid_t init = CloneIntoNamespace(user);
  if (init == 0) ::_exit(0);
  if (init < 0) return false;
  int status = 0;
  while (::waitpid(init, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status);
}

}  // namespace noizy
