#include "apiserver/storage/sqlite/folder_lock.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "machinery/os/fd.h"

namespace noizy::apiserver {
namespace {

Status InUse(const std::string& folder, const std::string& path) {
  // The holder may not have written it yet.
  std::string pid = ReadFile(path).ValueOr("");
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return Unavailable("the data folder " + folder + " is in use by " +
                     (pid.empty() ? "another server" : "the server with process id " + pid) +
                     ": stop that one first, or choose another folder");
}

}  // namespace

Result<FileLock> LockFolder(const std::string& folder) {
  const std::string path = folder + "/lock";
  Result<FileLock> lock = FileLock::TryAcquire(path);
  if (lock.status().reason() == StatusReason::kConflict) return InUse(folder, path);
  if (!lock.ok()) return lock;
  // After a crash the file names the one that died.
  if (::ftruncate(lock->fd(), 0) != 0) return SystemError("write " + path, errno);
  NOIZY_RETURN_IF_ERROR(WriteAll(lock->fd(), std::to_string(::getpid()) + "\n"));
  return lock;
}

}  // namespace noizy::apiserver
