#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "machinery/os/command.h"

namespace noizy {
namespace {

Status ReadToEnd(int fd, const CommandOptions& options, std::string& output) {
  const MonotonicTime end = RealClock::Instance().Monotonic() + options.timeout;
  std::array<char, 4096> buffer{};
  while (true) {
    const Duration left = end - RealClock::Instance().Monotonic();
    if (left <= Duration::zero()) return Timeout("it took too long");
    if (!AwaitReadable(std::array{fd}, left)[0]) continue;
    NOIZY_ASSIGN_OR_RETURN(const std::size_t got, ReadSome(fd, buffer));
    if (got == 0) return Status::Ok();
    output.append(buffer.data(), got);
    if (output.size() > options.max_output_bytes) {
      return {StatusReason::kRequestEntityTooLarge, "it wrote too much"};
    }
  }
}

// Waits up to `patience` for the end, then makes it.
ExitStatus Reap(const Process& process, Duration patience) {
  if (!AwaitReadable(std::array{process.exit_fd()}, patience)[0]) {
    (void)process.SignalGroup(SIGKILL);
    // Longer than any kill takes, but for a process stuck in the kernel.
    AwaitReadable(std::array{process.exit_fd()}, std::chrono::seconds(5));
  }
  const auto ended = process.TryWait();
  return ended.ok() && ended->has_value() ? **ended : ExitStatus{};
}

// SIGINT and SIGQUIT go to the whole foreground process group; while this lives they do not end us.
class IgnoredInterrupts {
 public:
  IgnoredInterrupts() : int_(signal(SIGINT, SIG_IGN)), quit_(signal(SIGQUIT, SIG_IGN)) {}
  ~IgnoredInterrupts() {
    signal(SIGINT, int_);
    signal(SIGQUIT, quit_);
  }
  IgnoredInterrupts(const IgnoredInterrupts&) = delete;
  IgnoredInterrupts& operator=(const IgnoredInterrupts&) = delete;

 private:
  const sighandler_t int_;
  const sighandler_t quit_;
};

// The child takes the terminal's signals as usual.
Result<pid_t> SpawnWithOurTerminal(const std::vector<std::string>& argv) {
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGINT);
  sigaddset(&defaults, SIGQUIT);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error == 0) return child;
  return Status(error == ENOENT ? StatusReason::kNotFound : StatusReason::kForbidden,
                argv[0] + ": " + std::strerror(error));
}

}  // namespace

Result<ExitStatus> RunInForeground(const std::vector<std::string>& argv) {
  const IgnoredInterrupts ignored;
  NOIZY_ASSIGN_OR_RETURN(const pid_t child, SpawnWithOurTerminal(argv));
  int state = 0;
  while (waitpid(child, &state, 0) < 0) {
    if (errno != EINTR) return Internal(argv[0] + ": " + std::strerror(errno));
  }
  if (WIFSIGNALED(state)) return ExitStatus{0, WTERMSIG(state)};
  return ExitStatus{WEXITSTATUS(state), 0};
}

Result<CommandOutput> RunCommand(const std::vector<std::string>& argv,
                                 const CommandOptions& options) {
  NOIZY_ASSIGN_OR_RETURN(Pipe pipe, MakePipe());
  ProcessSpec spec;
  spec.argv = argv;
  spec.env = options.env;
  spec.stdout_fd = pipe.write.get();
  NOIZY_ASSIGN_OR_RETURN(const Process process, Process::Spawn(spec));
  pipe.write.Reset();
  CommandOutput result;
  const Status read = ReadToEnd(pipe.read.get(), options, result.output);
  result.exit = Reap(process, read.ok() ? options.timeout : Duration::zero());
  if (!read.ok()) return read.WithContext(argv[0]);
  return result;
}

}  // namespace noizy
