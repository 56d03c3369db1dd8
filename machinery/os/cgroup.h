// Control groups: limits for a task, and killing or freezing all of its processes at once, whatever
// they forked.
//
// Groups are made below this process's own group, so that a delegated or limited parent keeps its
// say. cgroup v2, v1 and the mix of both are served: killing and freezing come from v2 alone,
// limits from v2 or else from v1's memory, cpu and pids.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// What this machine can enforce for this process's tasks.
struct CgroupSupport {
  bool kill = false;
  bool freeze = false;
  bool memory_limit = false;
  bool cpu_limit = false;
  bool process_limit = false;
};

struct CgroupLimits {
  std::int64_t cpu_milli = 0;     // 0: not limited
  std::int64_t memory_bytes = 0;  // 0: not limited
  std::int64_t processes = 0;     // 0: not limited; left out where it cannot be enforced
};

/// One task's group: a folder per hierarchy. A value that can be stored and found again; dropping
/// it leaves the group.
class Cgroup {
 public:
  /// What a group made now could do. Tries it out with a group of its own.
  static CgroupSupport Probe();
  /// Makes the group `name` in the hierarchies that are there and sets the limits. A machine
  /// without any gives an empty group that does nothing. ServiceUnavailable when a limit was asked
  /// for that cannot be enforced.
  static Result<Cgroup> Create(const std::string& name, const CgroupLimits& limits);
  /// The group that folders() described.
  explicit Cgroup(std::map<std::string, std::string> folders = {}) : folders_(std::move(folders)) {}

  /// Hierarchy ("unified", "memory", "cpu", "pids") to folder.
  const std::map<std::string, std::string>& folders() const { return folders_; }
  /// For ProcessSpec::cgroup_procs.
  std::vector<std::string> procs_files() const;

  /// SIGKILL to every process of the group at one instant. False when this machine cannot: kill by
  /// process group then.
  bool Kill() const;
  /// Stops or thaws all of them. False when this machine cannot.
  bool SetFrozen(bool frozen) const;
  /// Pids in the group; empty too when there is no group.
  std::vector<int> Processes() const;
  /// Whether the kernel holds the group to a number of processes.
  bool LimitsProcesses() const;
  /// True when the kernel killed a process of the group because it met its memory limit.
  bool OutOfMemory() const;
  /// Removes the group, which must be empty of processes; waits up to `bound` for dying ones. Ok
  /// when it is gone already.
  Status Remove(Duration bound) const;

 private:
  std::string File(const std::string& hierarchy, const std::string& file) const;
  std::map<std::string, std::string> folders_;
};

}  // namespace noizy
