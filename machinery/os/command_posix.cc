#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "machinery/os/command.h"

namespace noizy {
namespace {

// A round's end: go on, all was read, or an error.
enum class Progress { kMore, kDone };

Result<Progress> ReadSome(int fd, Duration left, std::size_t max_bytes, std::string& output) {
  using std::chrono::milliseconds;
  if (left <= Duration::zero()) return Timeout("it took too long");
  pollfd readable{fd, POLLIN, 0};
  ::poll(&readable, 1, static_cast<int>(std::chrono::ceil<milliseconds>(left).count()));
  if (readable.revents == 0) return Progress::kMore;
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) return Progress::kDone;
  output.append(buffer.data(), static_cast<std::size_t>(got));
  if (output.size() > max_bytes)
    return Status(StatusReason::kRequestEntityTooLarge, "it wrote too much");
  return Progress::kMore;
}

Status ReadToEnd(int fd, const CommandOptions& options, std::string& output) {
  const MonotonicTime end = RealClock::Instance().Monotonic() + options.timeout;
  while (true) {
    NOIZY_ASSIGN_OR_RETURN(
        const Progress progress,
        ReadSome(fd, end - RealClock::Instance().Monotonic(), options.max_output_bytes, output));
    if (progress == Progress::kDone) return Status::Ok();
  }
}

// Waits up to `patience` for the end, then makes it.
ExitStatus Reap(const Process& process, Duration patience) {
  pollfd exit{process.exit_fd(), POLLIN, 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience);
  if (::poll(&exit, 1, static_cast<int>(wait.count())) <= 0) {
    (void)process.SignalGroup(SIGKILL);
    while (::poll(&exit, 1, -1) < 0) {
    }
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
