#include <unistd.h>

#include <cerrno>

#include "machinery/os/fd.h"
#include "machinery/os/sync_file.h"

namespace noizy {

Status SyncFile(int fd) {
  return ::fsync(fd) == 0 ? Status::Ok() : SystemError("make the file durable", errno);
}

}  // namespace noizy
