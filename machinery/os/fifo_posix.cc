#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "machinery/os/fifo.h"
#include "machinery/os/files.h"

namespace noizy {

Status MakeFifo(const std::string& path) {
  if (::mkfifo(path.c_str(), kPrivateFileMode) == 0) return Status::Ok();
  return SystemError("make the named pipe \"" + path + "\"", errno);
}

Result<UniqueFd> OpenFifo(const std::string& path) {
  UniqueFd fifo(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fifo) return SystemError("open the named pipe \"" + path + "\"", errno);
  return fifo;
}

Status SendToFifo(const std::string& path, std::string_view message) {
  const UniqueFd fifo(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fifo && errno == ENXIO) return NotFound("reader of the named pipe", path);
  if (!fifo) return SystemError("open the named pipe \"" + path + "\"", errno);
  const ssize_t sent = ::write(fifo.get(), message.data(), message.size());
  if (sent == static_cast<ssize_t>(message.size())) return Status::Ok();
  if (sent < 0 && errno == EAGAIN) return Unavailable("the named pipe \"" + path + "\" is full");
  return SystemError("write to the named pipe \"" + path + "\"", errno);
}

}  // namespace noizy
