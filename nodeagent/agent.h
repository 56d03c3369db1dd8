// The node agent: takes assignments from the control plane, runs them through drivers, and tells
// how they went.
//
// What it knows is in its data folder; an agent that is stopped, killed or upgraded leaves its
// tasks running and finds them again. All logic runs on one Executor.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/os/files.h"
#include "machinery/transport/agent_transport.h"
#include "nodeagent/attempt_store.h"
#include "nodeagent/drivers/driver.h"
#include "nodeagent/payload_download.h"
#include "nodeagent/renewal.h"
#include "nodeagent/session.h"
#include "nodeagent/status_reporter.h"
#include "nodeagent/task_runner.h"

namespace noizy::nodeagent {

struct AgentOptions {
  std::string node_name;
  std::string data_dir;  // absolute; attempts/ and lock are the agent's
  SessionOptions session;
  std::int64_t log_cap_bytes = std::int64_t{16} << 20;
  /// What Hello and heartbeats tell; capabilities are filled in by the agent.
  std::function<v1::NodeFacts(const DriverFingerprint&)> facts;
  std::function<v1::Usage(std::size_t running_tasks)> usage;
  /// How long the machine was suspended since it started.
  std::function<Duration()> suspended = [] { return Duration::zero(); };
  /// Where payloads are written: it may block, and outlives the agent. Null: the agent's own.
  Executor* disk = nullptr;
  /// How the node's certificate is renewed; none: it is not.
  std::optional<RenewalOptions> renewal;
};

/// For the Executor's thread, construction and destruction too.
class Agent {
 public:
  /// `driver`, `executor`, `clock` and `random` outlive the agent.
  Agent(AgentOptions options, std::shared_ptr<AgentChannel> channel, Driver& driver,
        Executor& executor, const Clock& clock, Random& random);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Recovers what an earlier agent left and begins the session. Conflict: another agent uses the
  /// data folder.
  Status Start();
  /// Ends the session and lets the tasks run on. Idempotent.
  void Stop();

  /// The machine is about to be suspended.
  void Suspending() {
    if (session_) session_->Suspending();
  }

  /// What the driver offers may have changed: the control plane is told what it was not told yet.
  void OfferAnew();

  bool connected() const { return session_ != nullptr && session_->connected(); }
  /// Session::lease_until.
  MonotonicTime lease_until() const { return session_ ? session_->lease_until() : MonotonicTime{}; }
  std::size_t attempts() const { return runners_.size(); }

 private:
  using AttemptKey = std::pair<std::string, std::int64_t>;  // uid, attempt

  struct Entry {
    std::shared_ptr<TaskRunner> runner;
    /// Accepted, and waiting for an older attempt of the same task to end, for a lease,
    /// or for its payload.
    std::optional<v1::Assignment> waiting;
    /// What it waits for, too.
    std::shared_ptr<PayloadDownload> download;

    void StopWaiting() {
      waiting.reset();
      download.reset();
    }
  };

  Status LoadAttempts();
  void Connect();
  v1::Hello MakeHello();
  void OnConnected();
  void OnLease();
  bool MayStart(const v1::Assignment& assignment) const;
  bool IsTooLate(const v1::Assignment& assignment) const;
  /// Orders are carried out one a turn of the executor, in the order in which they came: a start
  /// takes milliseconds, and behind hundreds of them a heartbeat would come after the lease's end.
  void TakeOrder(std::function<void()> order);
  void NextOrder();
  void OnAssignment(const v1::Assignment& assignment);
  void Accept(const v1::Assignment& assignment);
  void FetchPayload(const v1::Assignment& assignment, Entry& entry);
  void OnPayload(const AttemptKey& key, const Status& status);
  void RefuseUnstored(const v1::Assignment& assignment, const Status& why);
  void OnCancellation(const v1::Cancellation& cancellation);
  void OnLogAck(const v1::LogAck& ack);
  void OnRunnerChange(const v1::AttemptRef& ref);
  void Sweep(const std::string& uid);
  void StartWaiting(const std::string& uid);
  std::int64_t NewestAttempt(const std::string& uid) const;
  void RememberEnded(const AttemptKey& key);
  std::size_t CountAlive() const;

  const AgentOptions options_;
  const std::shared_ptr<AgentChannel> channel_;
  Driver& driver_;
  Executor& executor_;
  const Clock& clock_;
  Random& random_;
  AttemptStore store_;
  StatusReporter reporter_;
  TaskRunner::Context context_;
  std::optional<FileLock> lock_;
  std::shared_ptr<Session> session_;
  std::shared_ptr<CertificateRenewal> renewal_;
  std::map<AttemptKey, Entry> runners_;
  std::deque<std::function<void()>> orders_;
  bool ordered_ = false;  // NextOrder is on its way
  /// The newest attempts that are gone, by uid: an assignment that comes again is not run again.
  /// Bounded, oldest first out.
  std::map<std::string, std::int64_t> ended_;
  std::deque<std::string> ended_order_;
  /// What the control plane was told that the driver offers.
  std::vector<std::string> offered_;
  /// Falls with the agent: what is still posted then does nothing.
  std::shared_ptr<Agent*> self_;
};

}  // namespace noizy::nodeagent
