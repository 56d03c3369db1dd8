#include <signal.h>

#include <array>

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

}  // namespace

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
