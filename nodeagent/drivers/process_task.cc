#include "nodeagent/drivers/process_task.h"

#include <csignal>

#include "machinery/os/files.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"
#include "nodeagent/drivers/task_lease.h"

namespace noizy::nodeagent {
namespace {

constexpr char kTracesFile[] = "/driver.json";
// A supervisor that holds its folder's lock names itself within milliseconds; this is for one that
// was paused.
constexpr Duration kRecheck = std::chrono::seconds(1);
constexpr Duration kRemoveBound = std::chrono::seconds(5);

}  // namespace

Status WriteTaskTraces(const std::string& folder, const TaskTraces& traces) {
  Object cgroup;
  for (const auto& [hierarchy, path] : traces.cgroup) cgroup[hierarchy] = path;
  const Object root = {{"cgroup", std::move(cgroup)},
                       {"marks", StringArray(traces.marks)},
                       {"bootID", traces.boot_id}};
  return WriteFileAtomically(folder + kTracesFile, ToJson(root), Durability::kAtomic);
}

Result<TaskTraces> ReadTaskTraces(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder + kTracesFile));
  NOIZY_ASSIGN_OR_RETURN(const Value root, ParseJson(text));
  TaskTraces traces;
  if (const Object* cgroup = ObjectAt(root, {"cgroup"})) {
    for (const auto& member : *cgroup) {
      traces.cgroup[std::string(member.key())] = StringAt(member.value(), {});
    }
  }
  if (const Array* marks = ArrayAt(root, {"marks"})) {
    for (const Value& mark : *marks) traces.marks.emplace_back(StringAt(mark, {}));
  }
  traces.boot_id = StringAt(root, {"bootID"});
  return traces;
}

ProcessTask::~ProcessTask() {
  context_.watcher.Unwatch(folder_watch_);
  context_.watcher.Unwatch(exit_watch_);
  context_.executor.Cancel(recheck_);
}

void ProcessTask::Post(void (ProcessTask::*step)()) {
  context_.executor.Post([weak = weak_from_this(), step] {
    if (const auto self = weak.lock()) ((*self).*step)();
  });
}

Status ProcessTask::WatchFolder() {
  auto on_change = [weak = weak_from_this(), &executor = context_.executor] {
    executor.Post([weak] {
      if (const auto self = weak.lock()) self->OnFolderChange();
    });
  };
  NOIZY_ASSIGN_OR_RETURN(folder_watch_,
                         context_.watcher.WatchFolder(folder_, std::move(on_change)));
  return Status::Ok();
}

Status ProcessTask::WatchSupervisor() {
  auto on_end = [weak = weak_from_this(), &executor = context_.executor] {
    executor.Post([weak] {
      if (const auto self = weak.lock()) self->OnSupervisorEnd();
    });
  };
  NOIZY_ASSIGN_OR_RETURN(exit_watch_,
                         context_.watcher.WatchOnce(supervisor_->exit_fd(), std::move(on_end)));
  return Status::Ok();
}

Status ProcessTask::Attach(Process supervisor) {
  supervisor_ = std::move(supervisor);
  Status watched = WatchFolder();
  if (watched.ok()) watched = WatchSupervisor();
  if (!watched.ok()) {
    (void)supervisor_->Signal(SIGKILL);
    KillRemains();
    return watched;
  }
  // What changed before the watch began.
  Post(&ProcessTask::OnFolderChange);
  return Status::Ok();
}

void ProcessTask::Recover() {
  // Without it the log waits for the task's end: no reason to give up a task that runs.
  (void)WatchFolder();
  FindSupervisor();
}

// The lock tells whether a supervisor lives: it holds it from before its first instruction to its
// last.
void ProcessTask::FindSupervisor() {
  const auto lock = FileLock::TryAcquire(folder_ + "/" + std::string(kLockFile));
  if (lock.ok()) return Post(&ProcessTask::OnSupervisorEnd);
  const auto state = ReadTaskState(folder_);
  if (!state.ok()) return RecheckLater();
  auto process = Process::Open(state->supervisor);
  if (!process.ok()) return RecheckLater();
  supervisor_ = *std::move(process);
  if (!WatchSupervisor().ok()) return RecheckLater();
  if (stop_asked_) (void)supervisor_->Signal(SIGTERM);
  Post(&ProcessTask::OnFolderChange);
}

// It has not named itself yet, or it is ending just now.
void ProcessTask::RecheckLater() {
  supervisor_.reset();
  recheck_ = context_.executor.PostAfter(kRecheck, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->FindSupervisor();
  });
}

void ProcessTask::OnFolderChange() {
  if (exit_reported_) return;
  if (!start_reported_) {
    if (const auto state = ReadTaskState(folder_); state.ok()) ReportStart(*state);
  }
  if (events_.on_output) events_.on_output();
}

void ProcessTask::OnSupervisorEnd() {
  if (exit_reported_) return;
  if (supervisor_) (void)supervisor_->TryWait();  // ours to reap only when this process spawned it
  auto state = ReadTaskState(folder_);
  const bool told = state.ok() && state->phase == TaskPhase::kExited;
  const TaskState end =
      told ? *state : DeclareLost(state.ok() ? std::optional(*state) : std::nullopt);
  ReportStart(end);
  ReportExit(end);
}

void ProcessTask::ReportStart(const TaskState& state) {
  if (start_reported_ || !state.start) return;
  start_reported_ = true;
  if (events_.on_start) events_.on_start(*state.start);
}

void ProcessTask::ReportExit(const TaskState& state) {
  exit_reported_ = true;
  if (events_.on_output) events_.on_output();
  if (events_.on_exit) events_.on_exit(state.exit);
}

TaskState ProcessTask::DeclareLost(const std::optional<TaskState>& last) const {
  KillRemains();
  TaskState state = last.value_or(TaskState{});
  const auto traces = ReadTaskTraces(folder_);
  state.phase = TaskPhase::kExited;
  state.exit.time = context_.clock.Now();
  state.exit.reason = kLost;
  if (traces.ok() && traces->boot_id != BootId()) {
    state.exit.message = "the machine restarted while it ran";
  } else if (!state.start) {
    state.exit.message = "the agent ended before it was started";
  } else if (HasTaskLease(folder_)) {
    state.exit.message = "its lease ended, and it was killed; or its supervisor was";
  } else {
    state.exit.message = "its supervisor was killed";
  }
  if (state.start) state.exit.execution_time = state.exit.time - state.start->time;
  // Best effort: without it the same is found out again after a restart.
  (void)WriteTaskState(folder_, state);
  return state;
}

// The task's first process died with its supervisor; what it started may live on.
void ProcessTask::KillRemains() const {
  const auto traces = ReadTaskTraces(folder_);
  if (!traces.ok() || traces->boot_id != BootId()) return;
  const Cgroup group(traces->cgroup);
  (void)group.Kill();
  // Twice none, since a process in the middle of an exec is not seen; bounded against a fork bomb.
  constexpr int kRounds = 100;
  int empty_rounds = 0;
  for (int round = 0; round < kRounds && empty_rounds < 2; ++round) {
    const auto found = FindProcessesByEnvironment(traces->marks);
    empty_rounds = found.empty() ? empty_rounds + 1 : 0;
    for (const ProcessIdentity& identity : found) {
      if (const auto process = Process::Open(identity); process.ok())
        (void)process->Signal(SIGKILL);
    }
  }
  (void)group.Remove(kRemoveBound);
}

Status ProcessTask::Renew(MonotonicTime until) {
  return exit_reported_ ? Status::Ok() : RenewTaskLease(folder_, until);
}

Status ProcessTask::Stop(Duration grace, std::string_view reason, std::string_view message) {
  if (exit_reported_) return Status::Ok();
  stop_asked_ = true;
  NOIZY_RETURN_IF_ERROR(
      WriteStopRequest(folder_, {grace, std::string(reason), std::string(message)}));
  // Otherwise FindSupervisor signals once it has found it.
  if (supervisor_) (void)supervisor_->Signal(SIGTERM);
  return Status::Ok();
}

}  // namespace noizy::nodeagent
