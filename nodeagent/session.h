// The agent's one conversation with the control plane: connect, Hello, Welcome, then heartbeats and
// whatever comes; after a loss again, at growing and random intervals.
//
//                 OpenSession              Welcome                        stream closed, or no
//                 Welcome in time
//   (stopped) ───▶ connecting ──────────────▶ connected ──▶ waiting ───────────┐
//                      ▲   └────────────────────────────────▲                  │ back-off passed
//                      └───────────────────────────────────────────────────────┘
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/base/random.h"
#include "machinery/transport/agent_transport.h"
#include "nodeagent/executor_gate.h"

namespace noizy::nodeagent {

struct SessionOptions {
  /// Until Welcome says otherwise.
  Duration heartbeat_interval = std::chrono::seconds(1);
  /// A peer that takes the stream but never answers is left.
  Duration welcome_timeout = std::chrono::seconds(10);
  /// The first pause after a loss is drawn from the upper half of the least; each failed try
  /// doubles it, up to the most.
  Duration least_backoff = std::chrono::milliseconds(200);
  Duration most_backoff = std::chrono::seconds(10);
  /// After it was told that the machine is about to sleep, the agent is silent for so long, lest it
  /// be taken for awake; a machine that has not slept by then stays up.
  Duration suspend_grace = std::chrono::seconds(10);
};

/// What a session asks and tells its owner, on the Executor's thread.
struct SessionHooks {
  std::function<v1::Hello()> make_hello;
  std::function<v1::Usage()> sample_usage;
  /// How long the machine was suspended since it started.
  std::function<Duration()> suspended = [] { return Duration::zero(); };
  std::function<void()> on_connected;     // after Welcome
  std::function<void()> on_disconnected;  // once for each on_connected
  std::function<void()> on_lease;         // lease_until() is later than it was
  std::function<void(const v1::Assignment&)> on_assignment;
  std::function<void(const v1::Cancellation&)> on_cancellation;
  std::function<void(const v1::ReportAck&)> on_report_ack;
  std::function<void(const v1::LogAck&)> on_log_ack;
  std::function<void(const v1::CertificateAnswer&)> on_certificate;
};

/// For the Executor's thread; made by std::make_shared. gRPC's callbacks only post to the Executor.
class Session : public std::enable_shared_from_this<Session> {
 public:
  /// More messages than this waiting to be written: the connection is slow, and logs wait.
  static constexpr std::size_t kBusyQueue = 64;
  /// Less than this is no suspend.
  static constexpr Duration kLeastSleep = std::chrono::seconds(1);

  Session(std::shared_ptr<AgentChannel> channel, SessionOptions options, SessionHooks hooks,
          Executor& executor, const Clock& clock, Random& random);
  ~Session();

  void Start() { Connect(); }
  /// Ends the conversation for good. No hook is called afterwards.
  void Stop();

  /// The machine is about to be suspended: the control plane is told.
  void Suspending();

  /// Dropped while not connected.
  void Send(v1::AgentMessage message);
  /// False while not connected or busy.
  bool SendWhenIdle(v1::AgentMessage message);
  bool connected() const { return phase_ == Phase::kConnected; }
  /// Until when, on the agent's own clock, the control plane promised not to give this node's tasks
  /// to others: the last granted heartbeat's sending plus the lease.
  MonotonicTime lease_until() const { return lease_until_; }
  /// Of the lease that was granted last; 0 before the first.
  std::int64_t lease_epoch() const { return lease_epoch_; }

 private:
  enum class Phase : std::uint8_t { kConnecting, kConnected, kWaiting, kStopped };

  void Connect();
  void OnMessage(std::uint64_t generation, const v1::ServerMessage& message);
  void OnClosed(std::uint64_t generation, const Status& why);
  void OnWelcome(const v1::Welcome& welcome);
  void OnLease(const v1::LeaseGrant& grant);
  void Lose(const Status& why);
  void Beat();
  void SendHeartbeat();
  bool Slept();
  Duration NextBackoff(const Status& why);
  void After(Duration delay, void (Session::*step)());

  const std::shared_ptr<AgentChannel> channel_;
  const SessionOptions options_;
  const SessionHooks hooks_;
  Executor& executor_;
  const Clock& clock_;
  Random& random_;
  /// A stream's last words come from gRPC's threads, maybe after the Executor is gone.
  const std::shared_ptr<ExecutorGate> gate_;
  Phase phase_ = Phase::kStopped;
  std::shared_ptr<AgentSession> stream_;
  std::uint64_t generation_ = 0;  // of the stream: what an earlier one still says does not count
  Duration heartbeat_interval_;
  std::uint64_t heartbeats_ = 0;
  MonotonicTime lease_until_{};
  std::int64_t lease_epoch_ = 0;
  Duration suspended_{};  // as told last
  MonotonicTime silent_until_{};
  int failures_ = 0;             // since the last Welcome
  Executor::TimerId timer_ = 0;  // of the phase: Welcome's bound, the next heartbeat, the back-off
};

}  // namespace noizy::nodeagent
