// One attempt's life on this node.
//
//                 Start          on_start          on_exit          report acked       log acked
//   accepted ───────────▶ starting ─────▶ running ────────▶ exited ─────────────▶ reported
//   ─────────▶ gone
//      │   ╲                 │               │  Stop           ▲ ▲ ▲ │    ╲ Start failed   └────
//      Stop ─────┴────▶ stopping ──┘ │                                      │ │
//      ╲___________________________________________________│                                      │
//      └── Stop: never started ──────────────────────────────────┘ │
//   any state, report refused: the task is stopped if it runs, nothing more is reported
//   ────────────────┘
//
// A restarted agent makes a runner from each folder it finds: in starting when it may run, in
// exited when it never started, in reported when only its log is missing. The folder goes when the
// attempt is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "nodeagent/attempt_store.h"
#include "nodeagent/drivers/driver.h"
#include "nodeagent/log_shipper.h"
#include "nodeagent/status_reporter.h"

namespace noizy::nodeagent {

/// For the Executor's thread. Dropping a runner leaves its task running.
class TaskRunner : public std::enable_shared_from_this<TaskRunner> {
 public:
  enum class State : std::uint8_t {
    kAccepted,
    kStarting,
    kRunning,
    kStopping,
    kExited,
    kReported,
    kGone
  };

  /// What all runners of an agent share; outlives them.
  struct Context {
    Driver& driver;
    StatusReporter& reporter;
    const AttemptStore& store;
    Executor& executor;
    const Clock& clock;
    std::string node_name;
    std::int64_t log_cap_bytes;
    std::function<bool(v1::AgentMessage)> send_log;
    /// Session::lease_until.
    std::function<MonotonicTime()> lease_until;
    /// After each change of state. The runner stays valid until this has returned.
    std::function<void(const v1::AttemptRef&)> on_change;
  };

  TaskRunner(std::string folder, AttemptRecord record, const Context& context);

  /// Starts an accepted attempt; how that went is reported.
  void Start(const v1::Assignment& assignment);
  /// Takes over what an earlier agent process left in the folder.
  void Recover();
  /// Ends the attempt with `reason`; does nothing once it has ended.
  void Stop(Duration grace, std::string_view reason, std::string_view message);

  /// The node's lease was renewed.
  void Renew(MonotonicTime until);
  void OnConnected();
  void OnDisconnected() { shipper_->OnDisconnected(); }
  void OnLogAck(const v1::LogAck& ack) { shipper_->OnAck(ack); }
  /// The attempt was assigned in this very session: the server awaits its log from the first byte.
  void BeginLog() { shipper_->Begin(); }

  State state() const { return state_; }
  const v1::AttemptRef& ref() const { return record_.ref; }
  const std::string& folder() const { return folder_; }
  /// Its process may be there.
  bool alive() const;
  /// Belongs into Hello.running.
  bool unfinished() const { return state_ < State::kReported && !refused_; }

 private:
  TaskEvents Events();
  void Adopt(Result<std::shared_ptr<DriverTask>> task, std::string_view reason_if_none);
  void OnStart(const TaskStart& start);
  void OnExit(const TaskExit& exit);
  void EndUnrun(std::string_view reason, std::string_view message);
  void ReportEnd(const TaskExit& exit);
  void OnStartAnswer(ReportAnswer answer, const std::string& reason);
  void OnEndAnswer(ReportAnswer answer, const std::string& reason);
  void Refuse(const std::string& reason);
  void OnLogDone();
  void FinishIfDone();
  void Enter(State state);
  StatusReporter::OnAnswer Answer(void (TaskRunner::*step)(ReportAnswer, const std::string&));

  const std::string folder_;
  AttemptRecord record_;
  const Context& context_;
  State state_ = State::kAccepted;
  bool refused_ = false;
  bool start_known_ = false;
  std::shared_ptr<DriverTask> task_;
  std::shared_ptr<LogShipper> shipper_;
};

std::string_view StateName(TaskRunner::State state);

/// Whether the attempt runs only while the node's lease is held.
bool NeedsLease(const v1::Assignment& assignment);

}  // namespace noizy::nodeagent
