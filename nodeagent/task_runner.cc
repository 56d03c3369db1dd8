#include "nodeagent/task_runner.h"

#include <array>

#include "machinery/base/log.h"
#include "nodeagent/agent_metrics.h"

namespace noizy::nodeagent {
namespace {

// For a task whose attempt was fenced: what it does is worth nothing any more.
constexpr Duration kRefusedGrace = std::chrono::seconds(1);

std::string ObjectKeyOf(const v1::AttemptRef& ref) {
  return "Task " + ref.namespace_() + "/" + ref.name();
}

void LogChange(const v1::AttemptRef& ref, TaskRunner::State state) {
  LogInfo("Changed the attempt's state", {{"object", ObjectKeyOf(ref)},
                                          {"attempt", std::to_string(ref.attempt())},
                                          {"state", std::string(StateName(state))}});
}

}  // namespace

std::string_view StateName(TaskRunner::State state) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "accepted", "starting", "running", "stopping", "exited", "reported", "gone"};
  return kNames[static_cast<std::size_t>(state)];
}

TaskRunner::TaskRunner(std::string folder, AttemptRecord record, const Context& context)
    : folder_(std::move(folder)), record_(std::move(record)), context_(context) {
  LogShipper::Hooks hooks;
  hooks.send = context_.send_log;
  // The shipper is the runner's own and dies with it.
  hooks.on_done = [this] { OnLogDone(); };
  shipper_ = std::make_shared<LogShipper>(record_.ref, folder_ + "/" + std::string(kLogFile),
                                          context_.executor, std::move(hooks));
}

bool NeedsLease(const v1::Assignment& assignment) {
  return assignment.failover() == "AtMostOnce";
}

bool TaskRunner::alive() const {
  return state_ == State::kStarting || state_ == State::kRunning || state_ == State::kStopping;
}

TaskEvents TaskRunner::Events() {
  TaskEvents events;
  const auto weak = weak_from_this();
  events.on_start = [weak](const TaskStart& start) {
    if (const auto self = weak.lock()) self->OnStart(start);
  };
  events.on_output = [weak] {
    if (const auto self = weak.lock()) self->shipper_->OnOutput();
  };
  events.on_exit = [weak](const TaskExit& exit) {
    if (const auto self = weak.lock()) self->OnExit(exit);
  };
  return events;
}

void TaskRunner::Start(const v1::Assignment& assignment) {
  if (state_ != State::kAccepted) return;
  // Durably: an attempt that may have run is never fetched for, and run, again.
  if (std::exchange(record_.fetching, false)) {
    const Status saved = context_.store.Save(folder_, record_, Durability::kDurable);
    if (!saved.ok()) return EndUnrun(kStartFailed, saved.message());
  }
  TaskConfig config{assignment, context_.node_name, folder_, context_.log_cap_bytes, {}};
  if (NeedsLease(assignment)) config.lease_until = context_.lease_until();
  Adopt(context_.driver.Start(config, Events()), kStartFailed);
}

void TaskRunner::Recover() {
  if (record_.end_reported) {
    Enter(State::kReported);
    shipper_->OnEnd();
  } else if (!record_.never_ran_reason.empty()) {
    EndUnrun(record_.never_ran_reason, record_.never_ran_message);
  } else {
    Adopt(context_.driver.Recover(folder_, Events()), kLost);
  }
}

void TaskRunner::Adopt(Result<std::shared_ptr<DriverTask>> task, std::string_view reason_if_none) {
  if (!task.ok()) return EndUnrun(reason_if_none, task.status().message());
  task_ = *std::move(task);
  Enter(State::kStarting);
}

void TaskRunner::OnStart(const TaskStart& start) {
  if (start_known_) return;
  start_known_ = true;
  if (state_ == State::kStarting) Enter(State::kRunning);
  if (record_.start_reported || refused_) return;
  CountAttemptStarted();
  v1::TaskReport report;
  *report.mutable_ref() = record_.ref;
  report.mutable_started()->set_time_unix_ns(start.time.time_since_epoch().count());
  report.mutable_started()->set_pid(start.pid);
  context_.reporter.Add(std::move(report), Answer(&TaskRunner::OnStartAnswer));
}

void TaskRunner::OnExit(const TaskExit& exit) {
  task_.reset();
  CountAttemptFinished(exit.reason);
  // The log goes first, so that whoever sees the end can read all of a log that is not long.
  shipper_->OnEnd();
  if (!refused_) ReportEnd(exit);
  Enter(State::kExited);
  FinishIfDone();
}

// Written down first: a restarted agent must not take it for a task that was lost.
void TaskRunner::EndUnrun(std::string_view reason, std::string_view message) {
  TaskExit exit;
  exit.reason = reason;
  exit.message = message;
  exit.time = context_.clock.Now();
  record_.never_ran_reason = exit.reason;
  record_.never_ran_message = exit.message;
  record_.fetching = false;
  (void)context_.store.Save(folder_, record_);
  OnExit(exit);
}

void TaskRunner::ReportEnd(const TaskExit& exit) {
  v1::TaskReport report;
  *report.mutable_ref() = record_.ref;
  v1::Finished& finished = *report.mutable_finished();
  finished.set_time_unix_ns(exit.time.time_since_epoch().count());
  finished.set_execution_time_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(exit.execution_time).count());
  finished.set_exit_code(exit.exit_code);
  finished.set_signal(exit.signal);
  finished.set_reason(exit.reason);
  finished.set_message(exit.message);
  finished.set_result(exit.result);
  if (exit.usage) {
    v1::InferenceUsage& usage = *finished.mutable_usage();
    usage.set_prompt_tokens(exit.usage->prompt_tokens);
    usage.set_completion_tokens(exit.usage->completion_tokens);
    usage.set_tokens_per_second(exit.usage->tokens_per_second);
  }
  context_.reporter.Add(std::move(report), Answer(&TaskRunner::OnEndAnswer));
}

void TaskRunner::Stop(Duration grace, std::string_view reason, std::string_view message) {
  if (state_ == State::kAccepted) return EndUnrun(reason, message);
  if (!alive()) return;
  const Status asked = task_->Stop(grace, reason, message);
  if (!asked.ok()) {
    LogError("Failed to stop the attempt",
             {{"object", ObjectKeyOf(ref())}, {"error", asked.ToString()}});
  }
  Enter(State::kStopping);
}

void TaskRunner::Renew(MonotonicTime until) {
  if (!alive()) return;
  if (const Status renewed = task_->Renew(until); !renewed.ok()) {
    LogError("Failed to renew the attempt's lease",
             {{"object", ObjectKeyOf(ref())}, {"error", renewed.ToString()}});
  }
}

void TaskRunner::OnConnected() {
  // The server says where to go on only for what Hello named.
  if (unfinished()) {
    shipper_->Resume();
  } else {
    shipper_->Begin();
  }
}

StatusReporter::OnAnswer TaskRunner::Answer(void (TaskRunner::*step)(ReportAnswer,
                                                                     const std::string&)) {
  return [weak = weak_from_this(), step](ReportAnswer answer, const std::string& reason) {
    if (const auto self = weak.lock()) ((*self).*step)(answer, reason);
  };
}

void TaskRunner::OnStartAnswer(ReportAnswer answer, const std::string& reason) {
  if (answer == ReportAnswer::kRefused) return Refuse(reason);
  record_.start_reported = true;
  (void)context_.store.Save(folder_, record_);
}

void TaskRunner::OnEndAnswer(ReportAnswer answer, const std::string& reason) {
  if (answer == ReportAnswer::kRefused) return Refuse(reason);
  record_.end_reported = true;
  (void)context_.store.Save(folder_, record_);
  Enter(State::kReported);
  FinishIfDone();
}

void TaskRunner::Refuse(const std::string& reason) {
  refused_ = true;
  context_.reporter.Forget(ref());
  LogWarning("The control plane refused the attempt", {{"object", ObjectKeyOf(ref())},
                                                       {"attempt", std::to_string(ref().attempt())},
                                                       {"reason", reason}});
  Stop(kRefusedGrace, kCancelled, reason);
  FinishIfDone();
}

void TaskRunner::OnLogDone() {
  // Later: the runner may be in the middle of a change of its own.
  context_.executor.Post([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->FinishIfDone();
  });
}

void TaskRunner::FinishIfDone() {
  const bool reported = state_ == State::kReported && shipper_->done();
  const bool dropped = refused_ && (state_ == State::kExited || state_ == State::kReported);
  if (!reported && !dropped) return;
  if (const Status removed = context_.store.Remove(folder_); !removed.ok()) {
    LogError("Failed to remove the attempt's folder",
             {{"object", ObjectKeyOf(ref())}, {"error", removed.ToString()}});
  }
  Enter(State::kGone);
}

void TaskRunner::Enter(State state) {
  if (state == state_) return;
  state_ = state;
  LogChange(ref(), state);
  context_.on_change(ref());
}

}  // namespace noizy::nodeagent
