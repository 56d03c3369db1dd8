#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <sstream>

#include "machinery/os/cgroup.h"
#include "machinery/os/files.h"

namespace noizy {
namespace {

constexpr char kUnified[] = "unified";
constexpr char kMemory[] = "memory";
constexpr char kCpu[] = "cpu";
constexpr char kPids[] = "pids";
// All groups of ours lie in one folder, removed when the last one goes.
constexpr char kParent[] = "/noizy";

// One line of /proc/self/mountinfo that shows a cgroup hierarchy.
struct Mount {
  std::string folder;
  std::string root;  // the hierarchy's folder that is mounted there
};

bool ListHolds(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view item = list.substr(0, list.find(','));
    if (item == word) return true;
    list.remove_prefix(std::min(list.size(), item.size() + 1));
  }
  return false;
}

// Where each hierarchy is mounted. "36 35 0:26 /root /mount/point rw,… - cgroup cgroup rw,memory"
std::map<std::string, Mount> FindMounts() {
  std::map<std::string, Mount> mounts;
  std::istringstream lines(ReadFile("/proc/self/mountinfo").ValueOr(""));
  for (std::string line; std::getline(lines, line);) {
    const auto separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::istringstream head(line.substr(0, separator));
    std::istringstream tail(line.substr(separator + 3));
    std::string skipped, root, folder, type, source, options;
    head >> skipped >> skipped >> skipped >> root >> folder;
    tail >> type >> source >> options;
    if (type == "cgroup2") mounts[kUnified] = {folder, root};
    if (type != "cgroup") continue;
    for (const char* controller : {kMemory, kCpu, kPids}) {
      if (ListHolds(options, controller)) mounts[controller] = {folder, root};
    }
  }
  return mounts;
}

// This process's own group in each hierarchy: "4:memory:/a/b", and "0::/a" for v2.
std::map<std::string, std::string> FindOwnGroups() {
  std::map<std::string, std::string> groups;
  std::istringstream lines(ReadFile("/proc/self/cgroup").ValueOr(""));
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) groups[kUnified] = group;
    for (const char* controller : {kMemory, kCpu, kPids}) {
      if (ListHolds(controllers, controller)) groups[controller] = group;
    }
  }
  return groups;
}

// The folder of this process's own group, per hierarchy.
std::map<std::string, std::string> OwnFolders() {
  std::map<std::string, std::string> folders;
  const auto groups = FindOwnGroups();
  for (const auto& [hierarchy, mount] : FindMounts()) {
    const auto group = groups.find(hierarchy);
    if (group == groups.end()) continue;
    std::string below = group->second;
    if (mount.root != "/" && below.starts_with(mount.root)) below = below.substr(mount.root.size());
    folders[hierarchy] = mount.folder + (below == "/" ? "" : below);
  }
  return folders;
}

// Kernel files take one write of the whole value.
bool WriteKernelFile(const std::string& path, std::string_view value) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && ::write(fd.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

// Lets children of `folder` have the v2 controllers, where that is allowed.
void EnableControllers(const std::string& folder) {
  for (const char* controller : {"+memory", "+cpu", "+pids"}) {
    WriteKernelFile(folder + "/cgroup.subtree_control", controller);
  }
}

bool MakeGroup(const std::string& folder) {
  return ::mkdir(folder.c_str(), kPrivateFolderMode) == 0 || errno == EEXIST;
}

// The group's folders in every hierarchy that lets us make them, but for those of v1 that would
// limit nothing: joining one costs the kernel a millisecond.
std::map<std::string, std::string> MakeGroups(const std::string& name, const CgroupLimits& limits) {
  std::map<std::string, std::string> made;
  const auto owns = OwnFolders();
  const bool unified = owns.contains(kUnified);
  for (const auto& [hierarchy, own] : owns) {
    if (unified && hierarchy == kMemory && limits.memory_bytes == 0) continue;
    if (unified && hierarchy == kCpu && limits.cpu_milli == 0) continue;
    if (hierarchy == kPids && limits.processes == 0) continue;
    const std::string parent = own + kParent;
    if (hierarchy == kUnified) EnableControllers(own);
    if (!MakeGroup(parent)) continue;
    if (hierarchy == kUnified) EnableControllers(parent);
    if (MakeGroup(parent + "/" + name)) made[hierarchy] = parent + "/" + name;
  }
  return made;
}

Status Unenforceable(const std::string& what) {
  return Unavailable("this machine cannot enforce a " + what + " limit");
}

constexpr std::int64_t kPeriodMicros = 100'000;
constexpr std::int64_t kQuotaPerMilli = kPeriodMicros / 1000;

std::string QuotaMicros(std::int64_t cpu_milli) {
  constexpr std::int64_t kLeastQuota = 1000;  // the kernel refuses less
  constexpr std::int64_t kMostMilli = std::numeric_limits<std::int64_t>::max() / kQuotaPerMilli;
  return std::to_string(std::max(kLeastQuota, std::min(cpu_milli, kMostMilli) * kQuotaPerMilli));
}

// The value after `key` and a blank in a kernel file of such lines.
std::int64_t KeyedCount(const std::string& path, std::string_view key) {
  std::istringstream words(ReadFile(path).ValueOr(""));
  std::string word;
  std::int64_t count = 0;
  while (words >> word >> count) {
    if (word == key) return count;
  }
  return 0;
}

// rmdir of a group that still has dying processes says EBUSY; there is nothing to be notified by,
// so ask again.
Status RemoveGroup(const std::string& folder, MonotonicTime end) {
  constexpr int kPauseMillis = 5;
  while (::rmdir(folder.c_str()) != 0) {
    if (errno == ENOENT) return Status::Ok();
    if (errno != EBUSY || RealClock::Instance().Monotonic() >= end) {
      return SystemError("remove the cgroup " + folder, errno);
    }
    ::poll(nullptr, 0, kPauseMillis);
  }
  // Fails while other groups of ours are there.
  ::rmdir(folder.substr(0, folder.rfind('/')).c_str());
  return Status::Ok();
}

}  // namespace

std::string Cgroup::File(const std::string& hierarchy, const std::string& file) const {
  const auto folder = folders_.find(hierarchy);
  return folder == folders_.end() ? "" : folder->second + "/" + file;
}

CgroupSupport Cgroup::Probe() {
  const Cgroup probe(MakeGroups("probe-" + std::to_string(::getpid()), {1, 1, 1}));
  const auto writable = [&](const char* hierarchy, const char* file) {
    const std::string path = probe.File(hierarchy, file);
    return !path.empty() && ::access(path.c_str(), W_OK) == 0;
  };
  CgroupSupport support;
  support.kill = writable(kUnified, "cgroup.kill");
  support.freeze = writable(kUnified, "cgroup.freeze");
  support.memory_limit =
      writable(kUnified, "memory.max") || writable(kMemory, "memory.limit_in_bytes");
  support.cpu_limit = writable(kUnified, "cpu.max") || writable(kCpu, "cpu.cfs_quota_us");
  support.process_limit = writable(kUnified, "pids.max") || writable(kPids, "pids.max");
  (void)probe.Remove(Duration::zero());
  return support;
}

Result<Cgroup> Cgroup::Create(const std::string& name, const CgroupLimits& limits) {
  Cgroup group(MakeGroups(name, limits));
  const auto refuse = [&](const std::string& what) {
    (void)group.Remove(Duration::zero());
    return Unenforceable(what);
  };
  if (limits.memory_bytes > 0) {
    const std::string bytes = std::to_string(limits.memory_bytes);
    if (!WriteKernelFile(group.File(kUnified, "memory.max"), bytes) &&
        !WriteKernelFile(group.File(kMemory, "memory.limit_in_bytes"), bytes)) {
      return refuse("memory");
    }
    // v2 only: the whole task goes, not one process of it that the others wait for.
    WriteKernelFile(group.File(kUnified, "memory.oom.group"), "1");
  }
  if (limits.cpu_milli > 0) {
    const std::string quota = QuotaMicros(limits.cpu_milli);
    if (!WriteKernelFile(group.File(kUnified, "cpu.max"),
                         quota + " " + std::to_string(kPeriodMicros)) &&
        !WriteKernelFile(group.File(kCpu, "cpu.cfs_quota_us"), quota)) {
      return refuse("cpu");
    }
  }
  if (limits.processes > 0) {
    const std::string most = std::to_string(limits.processes);
    (void)(WriteKernelFile(group.File(kUnified, "pids.max"), most) ||
           WriteKernelFile(group.File(kPids, "pids.max"), most));
  }
  return group;
}

bool Cgroup::LimitsProcesses() const {
  const auto number = [&](const char* hierarchy) {
    const std::string most = ReadFile(File(hierarchy, "pids.max")).ValueOr("");
    return !most.empty() && most.front() >= '0' && most.front() <= '9';
  };
  return number(kUnified) || number(kPids);
}

std::vector<std::string> Cgroup::procs_files() const {
  std::vector<std::string> files;
  for (const auto& [hierarchy, folder] : folders_) files.push_back(folder + "/cgroup.procs");
  return files;
}

bool Cgroup::Kill() const {
  return WriteKernelFile(File(kUnified, "cgroup.kill"), "1");
}

bool Cgroup::SetFrozen(bool frozen) const {
  return WriteKernelFile(File(kUnified, "cgroup.freeze"), frozen ? "1" : "0");
}

std::vector<int> Cgroup::Processes() const {
  std::vector<int> pids;
  if (folders_.empty()) return pids;
  std::istringstream lines(ReadFile(folders_.rbegin()->second + "/cgroup.procs").ValueOr(""));
  for (int pid = 0; lines >> pid;) pids.push_back(pid);
  return pids;
}

bool Cgroup::OutOfMemory() const {
  return KeyedCount(File(kUnified, "memory.events"), "oom_kill") > 0 ||
         KeyedCount(File(kMemory, "memory.oom_control"), "oom_kill") > 0;
}

Status Cgroup::Remove(Duration bound) const {
  const MonotonicTime end = RealClock::Instance().Monotonic() + bound;
  Status first_error;
  for (const auto& [hierarchy, folder] : folders_) {
    if (Status removed = RemoveGroup(folder, end); !removed.ok() && first_error.ok())
      first_error = removed;
  }
  return first_error;
}

}  // namespace noizy
