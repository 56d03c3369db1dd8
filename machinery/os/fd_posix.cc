#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <system_error>

#include "machinery/os/fd.h"

namespace noizy {
namespace {

StatusReason ReasonOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return StatusReason::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return StatusReason::kForbidden;
    case EEXIST:
      return StatusReason::kAlreadyExists;
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
      return StatusReason::kServiceUnavailable;
    default:
      return StatusReason::kInternalError;
  }
}

}  // namespace

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<Pipe> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return SystemError("make a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Status SystemError(std::string_view what, int error) {
  return {ReasonOf(error),
          "cannot " + std::string(what) + ": " + std::system_category().message(error)};
}

Status WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return SystemError("write", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Status::Ok();
}

Result<std::size_t> ReadSome(int fd, std::span<char> buffer) {
  ssize_t got = 0;
  do {
    got = ::read(fd, buffer.data(), buffer.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) return SystemError("read", errno);
  return static_cast<std::size_t>(got);
}

std::vector<bool> AwaitReadable(std::span<const int> fds, Duration timeout) {
  std::vector<pollfd> polled;
  for (const int fd : fds) polled.push_back({fd, POLLIN, 0});
  // Rounded up: a wait that ends before its time would be repeated with no time left.
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  const auto bounded = std::clamp<std::int64_t>(wait, 0, std::numeric_limits<int>::max());
  ::poll(polled.data(), polled.size(), static_cast<int>(bounded));
  std::vector<bool> ready;
  for (const pollfd& one : polled) ready.push_back(one.revents != 0);
  return ready;
}

}  // namespace noizy
