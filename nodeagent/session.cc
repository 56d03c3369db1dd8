#include "nodeagent/session.h"

#include <algorithm>

#include "machinery/base/log.h"
#include "nodeagent/agent_metrics.h"

namespace noizy::nodeagent {
namespace {

// Asking again soon will not help: somebody has to do something first.
bool NeedsHelp(const Status& why) {
  return why.reason() == StatusReason::kUnauthorized || why.reason() == StatusReason::kForbidden;
}

}  // namespace

Session::Session(std::shared_ptr<AgentChannel> channel, SessionOptions options, SessionHooks hooks,
                 Executor& executor, const Clock& clock, Random& random)
    : channel_(std::move(channel)),
      options_(options),
      hooks_(std::move(hooks)),
      executor_(executor),
      clock_(clock),
      random_(random),
      gate_(std::make_shared<ExecutorGate>(executor)),
      heartbeat_interval_(options.heartbeat_interval) {}

Session::~Session() {
  Stop();
}

void Session::Connect() {
  phase_ = Phase::kConnecting;
  if (generation_ > 0) CountReconnect();
  const std::uint64_t generation = ++generation_;
  AgentSessionEvents events;
  events.on_message = [weak = weak_from_this(), generation,
                       gate = gate_](v1::ServerMessage message) {
    gate->Post([weak, generation, message = std::move(message)] {
      if (const auto self = weak.lock()) self->OnMessage(generation, message);
    });
  };
  events.on_closed = [weak = weak_from_this(), generation, gate = gate_](Status why) {
    gate->Post([weak, generation, why = std::move(why)] {
      if (const auto self = weak.lock()) self->OnClosed(generation, why);
    });
  };
  stream_ = channel_->OpenSession(std::move(events));
  v1::AgentMessage message;
  *message.mutable_hello() = hooks_.make_hello();
  suspended_ = hooks_.suspended();
  silent_until_ = {};
  message.mutable_hello()->set_suspended_ns(suspended_.count());
  stream_->Send(std::move(message));
  timer_ = executor_.PostAfter(options_.welcome_timeout, [weak = weak_from_this(), generation] {
    if (const auto self = weak.lock()) {
      self->OnClosed(generation, Timeout("the control plane did not answer Hello"));
    }
  });
}

void Session::Stop() {
  if (phase_ == Phase::kStopped) return;
  executor_.Cancel(timer_);
  if (connected()) SetSessionConnected(false);
  phase_ = Phase::kStopped;
  ++generation_;
  gate_->Close();
  if (stream_) stream_->Close();
  stream_.reset();
}

void Session::Send(v1::AgentMessage message) {
  if (connected()) stream_->Send(std::move(message));
}

bool Session::SendWhenIdle(v1::AgentMessage message) {
  if (!connected() || stream_->Queued() >= kBusyQueue) return false;
  stream_->Send(std::move(message));
  return true;
}

void Session::OnMessage(std::uint64_t generation, const v1::ServerMessage& message) {
  if (generation != generation_) return;
  if (message.message_case() == v1::ServerMessage::kWelcome) return OnWelcome(message.welcome());
  if (!connected()) return;
  switch (message.message_case()) {
    case v1::ServerMessage::kLease:
      return OnLease(message.lease());
    case v1::ServerMessage::kAssignment:
      return hooks_.on_assignment(message.assignment());
    case v1::ServerMessage::kCancellation:
      return hooks_.on_cancellation(message.cancellation());
    case v1::ServerMessage::kReportAck:
      return hooks_.on_report_ack(message.report_ack());
    case v1::ServerMessage::kLogAck:
      return hooks_.on_log_ack(message.log_ack());
    case v1::ServerMessage::kCertificate:
      return hooks_.on_certificate(message.certificate());
    case v1::ServerMessage::kWelcome:
    case v1::ServerMessage::MESSAGE_NOT_SET:  // of a newer server
      return;
  }
}

void Session::OnClosed(std::uint64_t generation, const Status& why) {
  const bool current = generation == generation_ && (phase_ == Phase::kConnecting || connected());
  if (current) Lose(why);
}

void Session::OnWelcome(const v1::Welcome& welcome) {
  if (phase_ != Phase::kConnecting) return;
  executor_.Cancel(timer_);
  phase_ = Phase::kConnected;
  failures_ = 0;
  if (welcome.heartbeat_interval_ms() > 0) {
    heartbeat_interval_ = std::chrono::milliseconds(welcome.heartbeat_interval_ms());
  }
  SetSessionConnected(true);
  LogInfo("Connected to the control plane",
          {{"node", welcome.node_name()}, {"leaseEpoch", std::to_string(welcome.lease_epoch())}});
  Beat();
  hooks_.on_connected();
}

void Session::OnLease(const v1::LeaseGrant& grant) {
  // Measured from the sending, which is before the control plane began to count.
  const MonotonicTime sent{Duration(grant.sent_monotonic_ns())};
  const MonotonicTime until = sent + std::chrono::milliseconds(grant.lease_duration_ms());
  // An echo of a time that has not come is not ours.
  if (sent > clock_.Monotonic() || until <= lease_until_) return;
  lease_until_ = until;
  lease_epoch_ = grant.lease_epoch();
  hooks_.on_lease();
}

void Session::Lose(const Status& why) {
  executor_.Cancel(timer_);
  const bool was_connected = connected();
  phase_ = Phase::kWaiting;
  ++generation_;
  stream_->Close();
  stream_.reset();
  const Duration backoff = NextBackoff(why);
  LogWarning(
      "Lost the control plane",
      {{"error", why.ToString()},
       {"retryInMs",
        std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(backoff).count())}});
  if (was_connected) {
    SetSessionConnected(false);
    hooks_.on_disconnected();
  }
  After(backoff, &Session::Connect);
}

Duration Session::NextBackoff(const Status& why) {
  constexpr int kMaxDoublings = 20;
  Duration most = options_.least_backoff * (std::int64_t{1} << std::min(failures_, kMaxDoublings));
  most = NeedsHelp(why) ? options_.most_backoff : std::min(most, options_.most_backoff);
  ++failures_;
  // Random, so that a restarted server does not meet all its agents at one instant.
  const auto half = most / 2;
  return half + Duration(static_cast<std::int64_t>(
                    random_.Below(static_cast<std::uint64_t>(half.count()) + 1)));
}

void Session::Suspending() {
  if (!connected()) return;
  LogInfo("Told the control plane that the machine is about to sleep", {});
  v1::AgentMessage message;
  message.mutable_suspending();
  stream_->Send(std::move(message));
  silent_until_ = clock_.Monotonic() + options_.suspend_grace;
}

bool Session::Slept() {
  return hooks_.suspended() - suspended_ >= kLeastSleep;
}

// A connection from before a sleep may be dead without a word, and what was promised on it is over:
// a new one is faster than finding out.
void Session::Beat() {
  if (Slept()) return Lose(Unavailable("the machine slept"));
  if (clock_.Monotonic() >= silent_until_) SendHeartbeat();
  After(heartbeat_interval_, &Session::Beat);
}

void Session::SendHeartbeat() {
  v1::AgentMessage message;
  v1::Heartbeat& heartbeat = *message.mutable_heartbeat();
  *heartbeat.mutable_usage() = hooks_.sample_usage();
  heartbeat.set_sequence(++heartbeats_);
  heartbeat.set_sent_monotonic_ns(clock_.Monotonic().time_since_epoch().count());
  heartbeat.set_suspended_ns(suspended_.count());
  stream_->Send(std::move(message));
}

void Session::After(Duration delay, void (Session::*step)()) {
  timer_ = executor_.PostAfter(delay, [weak = weak_from_this(), step] {
    if (const auto self = weak.lock()) ((*self).*step)();
  });
}

}  // namespace noizy::nodeagent
