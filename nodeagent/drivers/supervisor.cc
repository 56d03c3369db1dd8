#include "nodeagent/drivers/supervisor.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

#include "machinery/os/cgroup.h"
#include "machinery/os/deadman.h"
#include "machinery/os/files.h"
#include "machinery/os/fork_server.h"
#include "machinery/os/signals.h"
#include "nodeagent/drivers/cri_log.h"
#include "nodeagent/drivers/liveness.h"
#include "nodeagent/drivers/output_tail.h"
#include "nodeagent/drivers/supervisor_spec.h"
#include "nodeagent/drivers/task_lease.h"
#include "nodeagent/drivers/task_state.h"

namespace noizy::nodeagent {
namespace {

// What killed processes may need to vanish, and what a stranger that holds the task's output open
// is granted.
constexpr Duration kKillBound = std::chrono::seconds(5);
constexpr Duration kDrainBound = std::chrono::seconds(1);
// A wait with nothing to wait for but descriptors.
constexpr Duration kLong = std::chrono::hours(24);
// A task is stopped this long before its lease ends, so that it is not in the middle of something
// when the kernel kills it: a part of what was left when the lease was renewed, within bounds.
constexpr int kFreezePart = 8;
constexpr Duration kLeastFreeze = std::chrono::milliseconds(20);
constexpr Duration kMostFreeze = std::chrono::milliseconds(500);
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

class Supervisor {
 public:
  Supervisor(std::string folder, SupervisorSpec spec)
      : folder_(std::move(folder)), spec_(std::move(spec)), cgroup_(spec_.cgroup) {}

  int Run();

 private:
  Status Start();
  ProcessSpec Task() const;
  Status MayReopen(const UniqueFd& pipe) const;
  Status OpenLog();
  Status TakeLease();
  void SetLease(MonotonicTime until);
  void OnRenewal();
  void SetFrozen(bool frozen);
  void LookIfAlive();
  void Supervise();
  Duration UntilDeadline() const;
  Duration UntilAlarm() const;
  void OnDeadline();
  void OnStopRequest();
  void BeginStop(Duration grace, std::string_view reason, std::string_view message);
  void KillAll() const;
  void ReadOutput(OutputStream stream);
  void Log(OutputStream stream, std::string_view bytes);
  void DrainOutput();
  void Reap();
  void Explain(ExitStatus ended);
  int WriteEnd();

  UniqueFd& output(OutputStream stream) { return outputs_[static_cast<std::size_t>(stream)]; }
  MonotonicTime Now() const { return clock_.Monotonic(); }

  const std::string folder_;
  const SupervisorSpec spec_;
  const Cgroup cgroup_;
  const Clock& clock_ = RealClock::Instance();
  TerminationSignals signals_;
  UniqueFd log_fd_;
  std::optional<CriLogWriter> log_;
  Status log_error_;
  OutputTail tail_{kMaxResultBytes};
  std::array<UniqueFd, 2> outputs_;  // by stream, -1 once at its end
  std::array<char, kReadBytes> buffer_{};
  std::optional<Process> task_;
  TaskState state_;
  MonotonicTime started_{};
  std::optional<MonotonicTime> timeout_at_;
  std::optional<MonotonicTime> kill_at_;  // set once a stop has begun
  bool killed_ = false;
  std::optional<Liveness> liveness_;
  std::optional<TaskLease> lease_;
  std::optional<Deadman> deadman_;
  MonotonicTime freeze_at_ = MonotonicTime::max();
  bool frozen_ = false;
};

int Supervisor::Run() {
  // The first act: from here on a new agent finds this process.
  if (const auto self = IdentifyThisProcess(); self.ok()) state_.supervisor = *self;
  (void)WriteTaskState(folder_, state_);
  (void)AdoptOrphans();
  const Status started = Start();
  if (started.ok()) {
    Supervise();
  } else {
    state_.exit.reason = kStartFailed;
    state_.exit.message = started.message();
    state_.exit.time = clock_.Now();
  }
  (void)cgroup_.Remove(kKillBound);
  return WriteEnd();
}

Status Supervisor::OpenLog() {
  NOIZY_ASSIGN_OR_RETURN(log_fd_, OpenToAppend(folder_ + "/" + std::string(kLogFile)));
  log_.emplace(log_fd_.get(), 0, spec_.log_cap_bytes, clock_);
  if (!spec_.notice.empty()) Log(OutputStream::kStderr, spec_.notice + "\n");
  return Status::Ok();
}

// Before there is a task: should this process die of it at once, nothing runs.
Status Supervisor::TakeLease() {
  if (!spec_.lease_until) return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(lease_, TaskLease::Open(folder_));
  NOIZY_ASSIGN_OR_RETURN(deadman_, Deadman::Arm(*spec_.lease_until));
  SetLease(lease_->Read().value_or(*spec_.lease_until));
  return Status::Ok();
}

void Supervisor::SetLease(MonotonicTime until) {
  (void)deadman_->Move(until);  // fails for no time of ours; the earlier one would hold
  freeze_at_ = until - std::clamp((until - Now()) / kFreezePart, kLeastFreeze, kMostFreeze);
}

void Supervisor::OnRenewal() {
  const auto until = lease_->Read();
  if (!until || *until <= freeze_at_) return;
  SetLease(*until);
  if (frozen_) SetFrozen(false);
}

// By the cgroup's freezer, which no process can resist; else by signals.
void Supervisor::SetFrozen(bool frozen) {
  frozen_ = frozen;
  if (!frozen && liveness_) liveness_->Forget(Now());
  if (cgroup_.SetFrozen(frozen)) return;
  (void)task_->SignalGroup(frozen ? SIGTSTP : SIGCONT);
}

ProcessSpec Supervisor::Task() const {
  ProcessSpec process;
  process.argv = spec_.argv;
  process.env = spec_.env;
  process.working_dir = spec_.working_dir;
  process.cgroup_procs = cgroup_.procs_files();
  process.parent_death = ParentDeath::kDie;
  process.confinement = spec_.confinement;
  // So that all of the task dies with this process, and not its first process alone; and so that it
  // sees no process but its own.
  if (lease_ || spec_.confinement) process.pid_namespace = PidNamespace::kOwn;
  return process;
}

// By the path /dev/stdout, which asks for rights that a descriptor alone does not give.
Status Supervisor::MayReopen(const UniqueFd& pipe) const {
  return spec_.confinement ? GiveTo(spec_.confinement->user, pipe.get()) : Status::Ok();
}

Status Supervisor::Start() {
  NOIZY_RETURN_IF_ERROR(TakeLease());
  NOIZY_RETURN_IF_ERROR(OpenLog());
  NOIZY_ASSIGN_OR_RETURN(Pipe out, MakePipe());
  NOIZY_ASSIGN_OR_RETURN(Pipe err, MakePipe());
  NOIZY_ASSIGN_OR_RETURN(const UniqueFd input, OpenToRead(spec_.stdin_path));
  NOIZY_RETURN_IF_ERROR(MayReopen(out.write));
  NOIZY_RETURN_IF_ERROR(MayReopen(err.write));
  ProcessSpec process = Task();
  process.stdin_fd = input.get();
  process.stdout_fd = out.write.get();
  process.stderr_fd = err.write.get();
  state_.start = TaskStart{0, clock_.Now()};
  started_ = Now();
  auto task = Process::Spawn(process);
  if (!task.ok()) {
    state_.start.reset();
    return task.status();
  }
  task_ = *std::move(task);
  outputs_ = {std::move(out.read), std::move(err.read)};
  if (spec_.timeout > Duration::zero()) timeout_at_ = started_ + spec_.timeout;
  if (!spec_.liveness.command.empty()) {
    process.stdin_fd = process.stdout_fd = process.stderr_fd = -1;
    liveness_.emplace(spec_.liveness, std::move(process), started_);
  }
  state_.phase = TaskPhase::kRunning;
  state_.start->pid = task_->pid();
  (void)WriteTaskState(folder_, state_);
  return Status::Ok();
}

void Supervisor::Supervise() {
  while (true) {
    const std::array fds = {task_->exit_fd(),
                            signals_.fd(),
                            output(OutputStream::kStdout).get(),
                            output(OutputStream::kStderr).get(),
                            lease_ ? lease_->fd() : -1,
                            liveness_ ? liveness_->fd() : -1};
    const std::vector<bool> ready = AwaitReadable(fds, UntilAlarm());
    // First: what comes after its end, a stop or the timeout, did not end it.
    if (ready[0]) break;
    if (ready[1]) OnStopRequest();
    if (ready[2]) ReadOutput(OutputStream::kStdout);
    if (ready[3]) ReadOutput(OutputStream::kStderr);
    if (ready[4]) OnRenewal();
    if (!frozen_ && Now() >= freeze_at_) SetFrozen(true);
    LookIfAlive();
    OnDeadline();
  }
  Reap();
}

Duration Supervisor::UntilDeadline() const {
  if (killed_) return kLong;
  if (kill_at_) return *kill_at_ - Now();
  if (timeout_at_) return *timeout_at_ - Now();
  return kLong;
}

Duration Supervisor::UntilAlarm() const {
  if (frozen_) return UntilDeadline();
  Duration alarm = UntilDeadline();
  if (lease_) alarm = std::min(alarm, freeze_at_ - Now());
  // No sum: the time of a question that is not due may be the end of time.
  if (liveness_ && !kill_at_ && liveness_->due() < Now() + alarm) alarm = liveness_->due() - Now();
  return alarm;
}

// Nobody asks a task that stands still, or that is being stopped.
void Supervisor::LookIfAlive() {
  if (!liveness_ || frozen_ || kill_at_) return;
  if (const auto dead = liveness_->Look(Now())) BeginStop(spec_.grace, kUnhealthy, *dead);
}

void Supervisor::OnDeadline() {
  if (killed_ || UntilDeadline() > Duration::zero()) return;
  if (kill_at_) {
    KillAll();
    killed_ = true;
    return;
  }
  const auto seconds = std::chrono::duration<double>(spec_.timeout).count();
  std::array<char, 64> message{};
  std::snprintf(message.data(), message.size(), "it ran longer than %g s", seconds);
  BeginStop(spec_.grace, kTimedOut, message.data());
}

void Supervisor::OnStopRequest() {
  if (!signals_.WaitFor(Duration::zero())) return;
  // Without a request it was not the agent: the machine is going down, and the task did nothing
  // wrong.
  const StopRequest machine{spec_.grace, std::string(kLost), "the machine asked it to end"};
  const StopRequest request = ReadStopRequest(folder_).ValueOr(machine);
  BeginStop(request.grace, request.reason, request.message);
}

void Supervisor::BeginStop(Duration grace, std::string_view reason, std::string_view message) {
  const MonotonicTime kill_at = Now() + grace;
  if (kill_at_) {
    kill_at_ = std::min(*kill_at_, kill_at);
    return;
  }
  kill_at_ = kill_at;
  state_.exit.reason = reason;
  state_.exit.message = message;
  (void)task_->SignalGroup(SIGTERM);
}

void Supervisor::KillAll() const {
  (void)cgroup_.Kill();
  (void)task_->SignalGroup(SIGKILL);
}

void Supervisor::ReadOutput(OutputStream stream) {
  const auto got = ReadSome(output(stream).get(), buffer_);
  if (!got.ok() || *got == 0) {
    output(stream).Reset();
    return;
  }
  const std::string_view bytes(buffer_.data(), *got);
  if (stream == OutputStream::kStdout) tail_.Append(bytes);
  Log(stream, bytes);
}

// A full disk costs the log, never the task.
void Supervisor::Log(OutputStream stream, std::string_view bytes) {
  if (log_error_.ok()) log_error_ = log_->Append(stream, bytes);
  if (log_error_.ok() && spec_.own_program) log_error_ = log_->Flush(stream);
}

// Reads until both ends are closed. Somebody outside the task's tree may hold them open for ever:
// hence the bound.
void Supervisor::DrainOutput() {
  const MonotonicTime end = Now() + kDrainBound;
  while ((outputs_[0] || outputs_[1]) && Now() < end) {
    const std::array fds = {outputs_[0].get(), outputs_[1].get()};
    const std::vector<bool> ready = AwaitReadable(fds, end - Now());
    if (ready[0]) ReadOutput(OutputStream::kStdout);
    if (ready[1]) ReadOutput(OutputStream::kStderr);
  }
  for (const OutputStream stream : {OutputStream::kStdout, OutputStream::kStderr}) {
    if (log_error_.ok()) log_error_ = log_->Flush(stream);
  }
}

void Supervisor::Reap() {
  state_.exit.execution_time = Now() - started_;
  state_.exit.time = clock_.Now();
  // Before the first process is reaped, while its process group cannot be anybody else's.
  KillAll();
  // Nothing of it executes any more: what is left is to tell how it ended.
  deadman_.reset();
  const ExitStatus ended = task_->TryWait().ValueOr({}).value_or(ExitStatus{0, SIGKILL});
  (void)KillDescendants(kKillBound);
  DrainOutput();
  Explain(ended);
}

void Supervisor::Explain(ExitStatus ended) {
  TaskExit& exit = state_.exit;
  exit.exit_code = ended.code;
  exit.signal = ended.signal;
  exit.result = tail_.Text();
  const bool failed = ended != ExitStatus{};
  const TaskOutcome told = spec_.own_program ? ReadTaskOutcome(folder_).ValueOr({}) : TaskOutcome{};
  exit.usage = told.usage;
  if (kill_at_) {
    // BeginStop has said why.
  } else if (failed && cgroup_.OutOfMemory()) {
    exit.reason = kOutOfMemory;
    exit.message = "it was killed at its memory limit";
  } else if (ended.signal != 0) {
    exit.reason = kError;
    exit.message = "it was killed by " + SignalName(ended.signal);
  } else if (failed && !told.reason.empty()) {
    exit.reason = told.reason;
    exit.message = told.message;
  } else if (failed) {
    exit.reason = kError;  // the exit code says it all
  } else {
    exit.reason = kCompleted;
  }
  if (log_error_.ok()) return;
  if (!exit.message.empty()) exit.message += "; ";
  exit.message += "its output could not be kept whole: " + log_error_.message();
}

// A full disk may get room again; an exit that is never written down would be reported as lost.
int Supervisor::WriteEnd() {
  constexpr int kAttempts = 30;
  state_.phase = TaskPhase::kExited;
  for (int i = 0; i < kAttempts; ++i) {
    if (WriteTaskState(folder_, state_).ok()) return 0;
    AwaitReadable({}, std::chrono::seconds(1));
  }
  return 1;
}

Result<SupervisorSpec> ReadSpec() {
  std::string text;
  std::array<char, kReadBytes> buffer{};
  while (true) {
    NOIZY_ASSIGN_OR_RETURN(const std::size_t got, ReadSome(kStandardInput, buffer));
    if (got == 0) return DecodeSpec(text);
    text.append(buffer.data(), got);
  }
}

}  // namespace

int RunSupervisor(int argc, char** argv) {
  constexpr int kUsage = 2;
  const auto supervise = [](const std::string& folder) {
    auto spec = ReadSpec();
    return spec.ok() ? Supervisor(folder, *std::move(spec)).Run() : kUsage;
  };
  if (argc > 1 && argv[1] == kForkServerFlag) {
    (void)FiltersSystemCalls();  // makes the filter, which the copies then have
    return ServeForks(argc, argv, [&](const auto& words) { return supervise(words.at(1)); });
  }
  return argc == 2 ? supervise(argv[1]) : kUsage;
}

}  // namespace noizy::nodeagent
