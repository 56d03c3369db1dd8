// The driver of plain processes: commands and scripts, each under a supervisor process of its own
// (supervisor.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/os/fd_watcher.h"
#include "machinery/os/user.h"
#include "nodeagent/drivers/driver.h"
#include "nodeagent/drivers/supervisor_starter.h"

namespace noizy::nodeagent {

struct ProcessDriverOptions {
  /// Starts a supervisor; the attempt's folder is appended.
  std::vector<std::string> supervisor_command;
  /// Where programs are looked for, and the task's PATH unless its own environment sets one.
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::string home;  // the task's HOME; empty: its working folder
  /// Tasks run as that user, confined (machinery/os/confinement.h); none: as the agent's, and free.
  std::optional<User> task_user = {};
  /// What confined tasks see nothing of but their own files: the agent's data folder.
  std::string hidden = {};
};

/// Inside an attempt's folder it keeps: payload, script, work/ (the task's working folder and
/// TMPDIR, unless told otherwise), output.log, state.json, stop.json, driver.json, lock. The
/// environment, which may hold secrets, is never written there. A confined task owns the first
/// three, and sees no others.
class ProcessDriver final : public Driver {
 public:
  /// `executor` and `clock` outlive the driver; so does the driver its tasks.
  ProcessDriver(ProcessDriverOptions options, Executor& executor, const Clock& clock)
      : options_(std::move(options)),
        starter_(options_.supervisor_command, options_.path),
        executor_(executor),
        clock_(clock) {}

  DriverFingerprint Fingerprint() override;
  Result<std::shared_ptr<DriverTask>> Start(const TaskConfig& config, TaskEvents events) override;
  Result<std::shared_ptr<DriverTask>> Recover(const std::string& folder,
                                              TaskEvents events) override;

 private:
  Result<SupervisorSpec> MakeSpec(const TaskConfig& config) const;

  const ProcessDriverOptions options_;
  SupervisorStarter starter_;
  Executor& executor_;
  const Clock& clock_;
  FdWatcher watcher_;
};

}  // namespace noizy::nodeagent
