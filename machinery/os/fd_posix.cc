#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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

}  // namespace noizy
