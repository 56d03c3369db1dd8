// The agent's side of one supervised task: finds its supervisor, watches it, tells it to stop, and
// cleans up after one that was killed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/os/cgroup.h"
#include "machinery/os/fd_watcher.h"
#include "machinery/os/process.h"
#include "nodeagent/drivers/driver.h"
#include "nodeagent/drivers/task_state.h"

namespace noizy::nodeagent {

inline constexpr std::string_view kLockFile = "lock";

/// What a later agent needs to clean up after a supervisor that was killed. In driver.json.
struct TaskTraces {
  std::map<std::string, std::string> cgroup;  // Cgroup::folders()
  std::vector<std::string> marks;             // in the environment of each of its processes
  std::string boot_id;
};
Status WriteTaskTraces(const std::string& folder, const TaskTraces& traces);
Result<TaskTraces> ReadTaskTraces(const std::string& folder);

/// For the Executor's thread.
class ProcessTask final : public DriverTask, public std::enable_shared_from_this<ProcessTask> {
 public:
  /// The seams, which outlive the task.
  struct Context {
    Executor& executor;
    const Clock& clock;
    FdWatcher& watcher;
  };

  ProcessTask(std::string folder, TaskEvents events, Context context)
      : folder_(std::move(folder)), events_(std::move(events)), context_(context) {}
  ~ProcessTask() override;

  /// Watches a supervisor just spawned. On an error it and its task are killed.
  Status Attach(Process supervisor);
  /// Finds out what became of a folder's task, and goes on from there.
  void Recover();

  Status Stop(Duration grace, std::string_view reason, std::string_view message) override;
  Status Renew(MonotonicTime until) override;

 private:
  Status WatchFolder();
  Status WatchSupervisor();
  void FindSupervisor();
  void RecheckLater();
  void Post(void (ProcessTask::*step)());
  void OnFolderChange();
  void OnSupervisorEnd();
  void ReportStart(const TaskState& state);
  void ReportExit(const TaskState& state);
  TaskState DeclareLost(const std::optional<TaskState>& last) const;
  void KillRemains() const;

  const std::string folder_;
  TaskEvents events_;
  Context context_;
  std::optional<Process> supervisor_;
  FdWatcher::WatchId folder_watch_ = 0;
  FdWatcher::WatchId exit_watch_ = 0;
  Executor::TimerId recheck_ = 0;
  bool start_reported_ = false;
  bool exit_reported_ = false;
  bool stop_asked_ = false;
};

}  // namespace noizy::nodeagent
