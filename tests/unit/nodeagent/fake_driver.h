// A driver without processes: a test starts and ends its tasks by hand.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "nodeagent/drivers/driver.h"

namespace noizy::nodeagent {

/// For one thread. Tasks are known by their folder, and live on when an agent drops them, as real
/// ones do.
class FakeDriver final : public Driver {
 public:
  struct Stopped {
    Duration grace{0};
    std::string reason;
    std::string message;
  };
  struct Task {
    v1::Assignment assignment;  // empty once recovered
    TaskEvents events;
    std::optional<Stopped> stopped;
    std::optional<MonotonicTime> lease_until;
    int starts = 0;
    int recoveries = 0;
  };

  DriverFingerprint Fingerprint() override { return {capabilities}; }

  Result<std::shared_ptr<DriverTask>> Start(const TaskConfig& config, TaskEvents events) override {
    if (!start_error.ok()) return start_error;
    if (on_start) on_start();
    Task& task = tasks[config.folder];
    task.assignment = config.assignment;
    task.lease_until = config.lease_until;
    task.events = std::move(events);
    ++task.starts;
    return std::shared_ptr<DriverTask>(std::make_shared<Handle>(*this, config.folder));
  }

  Result<std::shared_ptr<DriverTask>> Recover(const std::string& folder,
                                              TaskEvents events) override {
    if (!recover_error.ok()) return recover_error;
    Task& task = tasks[folder];
    task.events = std::move(events);
    ++task.recoveries;
    return std::shared_ptr<DriverTask>(std::make_shared<Handle>(*this, folder));
  }

  /// The one task there is.
  Task& Only() { return tasks.begin()->second; }
  void BeginOnly() { Only().events.on_start({77, WallTime(Duration(5))}); }
  void EndOnly(TaskExit exit) { Only().events.on_exit(std::move(exit)); }

  std::vector<std::string> capabilities = {"exec"};
  Status start_error;
  std::function<void()> on_start;
  Status recover_error;
  std::map<std::string, Task> tasks;  // by folder

 private:
  class Handle final : public DriverTask {
   public:
    Handle(FakeDriver& driver, std::string folder) : driver_(driver), folder_(std::move(folder)) {}
    Status Stop(Duration grace, std::string_view reason, std::string_view message) override {
      driver_.tasks[folder_].stopped = {grace, std::string(reason), std::string(message)};
      return Status::Ok();
    }
    Status Renew(MonotonicTime until) override {
      driver_.tasks[folder_].lease_until = until;
      return Status::Ok();
    }

   private:
    FakeDriver& driver_;
    const std::string folder_;
  };
};

inline TaskExit Completed(std::string result) {
  TaskExit exit;
  exit.reason = kCompleted;
  exit.result = std::move(result);
  return exit;
}

inline v1::Assignment AssignmentOf(const std::string& uid, std::int64_t attempt = 1) {
  v1::Assignment assignment;
  assignment.mutable_ref()->set_namespace_("default");
  assignment.mutable_ref()->set_name("task-" + uid);
  assignment.mutable_ref()->set_uid(uid);
  assignment.mutable_ref()->set_attempt(attempt);
  assignment.mutable_exec()->add_command("true");
  assignment.set_grace_period_ms(5000);
  return assignment;
}

}  // namespace noizy::nodeagent
