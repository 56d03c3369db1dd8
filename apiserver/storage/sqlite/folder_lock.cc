#include "apiserver/storage/sqlite/folder_lock.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "machinery/os/fd.h"

namespace noizy::apiserver {
namespace {

// Wide enough for any process id, so that writing ours covers what a crash left behind.
constexpr std::size_t kLineWidth = 12;

// Empty where there is no procfs; the lock holds all the same, and the message says less.
std::string OwnProcessId() {
  std::error_code missing;
  return std::filesystem::read_symlink("/proc/self", missing).string();
}

Status InUse(const std::string& folder, const std::string& path) {
  // The holder may not have written it yet.
  std::string pid = ReadFile(path).ValueOr("");
  pid.erase(std::min(pid.find_first_of(" \n"), pid.size()));
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
  std::string line = OwnProcessId();
  line.resize(kLineWidth, ' ');
  NOIZY_RETURN_IF_ERROR(WriteAll(lock->fd(), line + "\n"));
  return lock;
}

}  // namespace noizy::apiserver
