#include "nodeagent/drivers/process_driver.h"

#include "machinery/os/cgroup.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"
#include "nodeagent/drivers/process_task.h"
#include "nodeagent/drivers/shell.h"
#include "nodeagent/drivers/supervisor_spec.h"
#include "nodeagent/drivers/task_environment.h"
#include "nodeagent/drivers/task_lease.h"

namespace noizy::nodeagent {
namespace {

// The folder's name says whose group it is; the hash keeps agents with different data folders
// apart.
std::string GroupName(const std::string& folder) {
  return folder.substr(folder.rfind('/') + 1) + "-" +
         std::to_string(std::hash<std::string>()(folder));
}

// More than a large build starts, and far fewer than fill a machine's table of processes.
constexpr std::int64_t kMostProcesses = 4096;

// A limit this machine cannot enforce does not keep the task from running; its log says so.
Cgroup MakeGroup(const TaskConfig& config, SupervisorSpec& spec) {
  const v1::Resources& limits = config.assignment.limits();
  const std::int64_t processes = spec.confinement ? kMostProcesses : 0;
  const std::string name = GroupName(config.folder);
  auto group = Cgroup::Create(name, {limits.cpu_milli(), limits.memory_bytes(), processes});
  if (group.ok()) return *group;
  spec.notice = "[noizy: " + group.status().message() + "]";
  return Cgroup::Create(name, {0, 0, processes}).ValueOr(Cgroup());
}

// The files of the attempt's folder that are the task's.
Result<Confinement> Confine(const std::string& folder, const User& user,
                            const std::string& hidden) {
  constexpr unsigned kReadOnly = 0400;
  constexpr unsigned kReadAndRun = 0500;
  Confinement confinement{user, hidden.empty() ? folder : hidden, {}, kMostProcesses};
  NOIZY_ASSIGN_OR_RETURN(const auto names, ListFolder(folder));
  for (const std::string& name : names) {
    const bool script = name.starts_with(kScriptFile);
    const bool work = name == kWorkFolder;
    if (!script && !work && name != kPayloadFile) continue;
    const std::string path = folder + "/" + name;
    const unsigned mode = work ? kPrivateFolderMode : script ? kReadAndRun : kReadOnly;
    NOIZY_RETURN_IF_ERROR(GiveTo(user, path, mode));
    confinement.shown.push_back(path);
  }
  return confinement;
}

LivenessSpec LivenessOf(const v1::Liveness& liveness) {
  const auto millis = [](std::int64_t count) { return std::chrono::milliseconds(count); };
  return {{liveness.command().begin(), liveness.command().end()},
          millis(liveness.initial_delay_ms()),
          millis(liveness.period_ms()),
          millis(liveness.timeout_ms()),
          liveness.failure_threshold()};
}

}  // namespace

DriverFingerprint ProcessDriver::Fingerprint() {
  DriverFingerprint fingerprint{{"exec"}};
  if (ChooseShell("auto", "", options_.path).ok()) fingerprint.capabilities.emplace_back("shell");
  if (ChooseShell("powershell", "", options_.path).ok()) {
    fingerprint.capabilities.emplace_back("powershell");
  }
  static const bool can_fence = CanMakePidNamespace();
  if (can_fence) fingerprint.capabilities.emplace_back(kFencing);
  return fingerprint;
}

Result<SupervisorSpec> ProcessDriver::MakeSpec(const TaskConfig& config) const {
  const v1::Assignment& assignment = config.assignment;
  SupervisorSpec spec;
  NOIZY_ASSIGN_OR_RETURN(spec.argv, PrepareFolder(config, options_.path));
  NOIZY_ASSIGN_OR_RETURN(spec.env, BuildEnvironment(config, {options_.path, options_.home}));
  spec.working_dir = assignment.exec().working_dir();
  if (spec.working_dir.empty()) spec.working_dir = config.folder + "/" + std::string(kWorkFolder);
  spec.stdin_path = config.folder + "/" + std::string(kPayloadFile);
  spec.log_cap_bytes = config.log_cap_bytes;
  spec.timeout = std::chrono::milliseconds(assignment.timeout_ms());
  spec.grace = std::chrono::milliseconds(assignment.grace_period_ms());
  spec.liveness = LivenessOf(assignment.liveness());
  spec.lease_until = config.lease_until;
  spec.own_program = config.own_program;
  // A program of noizy's own is no stranger, and needs what the agent has.
  if (options_.task_user && !config.own_program) {
    NOIZY_ASSIGN_OR_RETURN(spec.confinement,
                           Confine(config.folder, *options_.task_user, options_.hidden));
  }
  return spec;
}

Result<std::shared_ptr<DriverTask>> ProcessDriver::Start(const TaskConfig& config,
                                                         TaskEvents events) {
  NOIZY_ASSIGN_OR_RETURN(SupervisorSpec spec, MakeSpec(config));
  if (spec.lease_until) NOIZY_RETURN_IF_ERROR(MakeTaskLease(config.folder));
  const Cgroup group = MakeGroup(config, spec);
  spec.cgroup = group.folders();
  // Of all that run as the user, other tasks too: the worse limit.
  if (spec.confinement && group.LimitsProcesses()) spec.confinement->max_processes = 0;

  NOIZY_RETURN_IF_ERROR(WriteTaskTraces(
      config.folder, {spec.cgroup, AttemptMarks(config.assignment.ref()), BootId()}));
  auto supervisor = starter_.Start(config.folder, spec);
  if (supervisor.status().reason() == StatusReason::kConflict) {
    return Recover(config.folder, std::move(events));
  }
  if (!supervisor.ok()) {
    (void)group.Remove(Duration::zero());
    return supervisor.status().WithContext("cannot start the task's supervisor");
  }
  auto task = std::make_shared<ProcessTask>(config.folder, std::move(events),
                                            ProcessTask::Context{executor_, clock_, watcher_});
  NOIZY_RETURN_IF_ERROR(task->Attach(*std::move(supervisor)));
  return std::shared_ptr<DriverTask>(std::move(task));
}

Result<std::shared_ptr<DriverTask>> ProcessDriver::Recover(const std::string& folder,
                                                           TaskEvents events) {
  auto task = std::make_shared<ProcessTask>(folder, std::move(events),
                                            ProcessTask::Context{executor_, clock_, watcher_});
  task->Recover();
  return std::shared_ptr<DriverTask>(std::move(task));
}

}  // namespace noizy::nodeagent
