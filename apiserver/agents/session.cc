#include "apiserver/agents/session.h"

#include "apiserver/agents/node_facts.h"
#include "apiserver/agents/reports.h"
#include "machinery/base/log.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};
// Messages kept of an agent that did not wait for its Welcome.
constexpr std::size_t kMaxEarly = 64;

std::int64_t Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

Status NodeDeleted(const std::string& node) {
  return Forbidden("the Node \"" + node + "\" was deleted: join the grid again with a new token");
}

// What a report makes of its Task. `refused` is set when the report, not the write, is at fault.
Result<bool> Apply(Task& task, const std::string& node, const v1::TaskReport& report,
                   bool& refused) {
  Result<TaskStatus> next = report.has_started()
                                ? ApplyStarted(task, node, report.ref(), report.started())
                                : ApplyFinished(task, node, report.ref(), report.finished());
  refused = !next.ok();
  if (!next.ok()) return next.status();
  if (*next == task.status) return false;
  task.status = *std::move(next);
  return true;
}

}  // namespace

void NodeSession::OnMessage(v1::AgentMessage message) {
  const std::size_t size = message.ByteSizeLong();
  if (pending_bytes_.fetch_add(size) + size > kMaxPendingBytes) {
    return stream_->Close(
        {StatusReason::kTooManyRequests, "the agent sends faster than the control plane works"});
  }
  context_.executor.Post([self = shared_from_this(), size, message = std::move(message)]() mutable {
    self->pending_bytes_ -= size;
    self->Handle(std::move(message));
  });
}

void NodeSession::OnClosed() {
  context_.executor.Post([self = shared_from_this()] {
    const bool was_open = self->stage_ != Stage::kClosed;
    self->stage_ = Stage::kClosed;
    self->context_.assignments.Detach(self->node_, self->stream_.get());
    self->on_closed_(self.get());
    if (was_open) LogInfo("Ended the session of an agent", {{"object", "Node " + self->node_}});
  });
}

void NodeSession::Close(Status why) {
  if (stage_ == Stage::kClosed) return;
  stage_ = Stage::kClosed;
  LogInfo("Closed the session of an agent",
          {{"object", "Node " + node_}, {"reason", why.message()}});
  context_.assignments.Detach(node_, stream_.get());
  stream_->Close(std::move(why));
}

void NodeSession::Handle(v1::AgentMessage message) {
  switch (stage_) {
    case Stage::kWaiting:
      if (message.has_hello()) return HandleHello(message.hello());
      return Close(BadRequest("a session begins with Hello"));
    case Stage::kGreeting:
      if (early_.size() >= kMaxEarly) {
        return Close(BadRequest("an agent waits for Welcome before it says more"));
      }
      early_.push_back(std::move(message));
      return;
    case Stage::kOpen:
      return HandleOpen(message);
    case Stage::kClosed:
      return;
  }
}

void NodeSession::HandleHello(const v1::Hello& hello) {
  stage_ = Stage::kGreeting;
  struct Written {
    std::int64_t epoch = 0;
    Duration duration{};
    Duration granted{};
  };
  const auto written = std::make_shared<Written>();
  const auto slept = context_.leases.Slept(node_, Duration(hello.suspended_ns()));
  const auto change = [written, facts = hello.facts(), slept,
                       now = context_.clock.Now()](Node& node) -> Result<bool> {
    node.status = StatusAfterHello(node, facts, now);
    node.status.lease->slept_seconds.reset();
    if (slept)
      node.status.lease->slept_seconds = std::chrono::floor<std::chrono::seconds>(*slept).count();
    *written = {node.status.lease->epoch, LeaseDurationOf(node), GrantedOf(node)};
    return true;
  };
  const auto done = [self = shared_from_this(), hello, written](const Status& status) {
    if (self->stage_ != Stage::kGreeting) return;
    if (status.ok()) {
      self->context_.leases.Hold(self->node_, written->epoch, written->duration, written->granted);
      return self->Greet(hello, written->epoch, written->duration);
    }
    self->Close(status.reason() == StatusReason::kNotFound ? NodeDeleted(self->node_) : status);
  };
  context_.grid.ChangeNodeStatus(node_, change,
                                 [&executor = context_.executor, done](const Status& status) {
                                   executor.Post([done, status] { done(status); });
                                 });
}

void NodeSession::Greet(const v1::Hello& hello, std::int64_t epoch, Duration duration) {
  stage_ = Stage::kOpen;
  v1::ServerMessage message;
  v1::Welcome& welcome = *message.mutable_welcome();
  welcome.set_node_name(node_);
  welcome.set_lease_epoch(epoch);
  welcome.set_lease_duration_ms(Millis(duration));
  welcome.set_heartbeat_interval_ms(Millis(duration / kHeartbeatsPerLease));
  stream_->Send(std::move(message));
  LogInfo("Opened a session with an agent",
          {{"object", "Node " + node_}, {"epoch", std::to_string(epoch)}});

  if (context_.rotating()) TellOfAuthority();
  const std::vector<v1::AttemptRef> held(hello.running().begin(), hello.running().end());
  context_.assignments.Attach(node_, stream_, held);
  // The agent's logs go on where we have them.
  for (const v1::AttemptRef& ref : held) {
    if (MayLog(ref)) AckLog(ref, context_.logs.Size({ref.uid(), ref.attempt()}), false);
  }
  for (v1::AgentMessage& early : std::exchange(early_, {})) Handle(std::move(early));
}

void NodeSession::HandleOpen(const v1::AgentMessage& message) {
  switch (message.message_case()) {
    case v1::AgentMessage::kHeartbeat:
      return HandleHeartbeat(message.heartbeat());
    case v1::AgentMessage::kReport:
      return HandleReport(message.report());
    case v1::AgentMessage::kLog:
      return HandleLog(message.log());
    case v1::AgentMessage::kSuspending:
      return HandleSuspending();
    case v1::AgentMessage::kOffer:
      return HandleOffer(message.offer());
    case v1::AgentMessage::kCertificateRequest:
      return HandleCertificateRequest(message.certificate_request());
    case v1::AgentMessage::kHello:
      return Close(BadRequest("a session has one Hello"));
    case v1::AgentMessage::MESSAGE_NOT_SET:
      return;  // from a newer agent
  }
}

void NodeSession::HandleCertificateRequest(const v1::CertificateRequest& request) {
  v1::ServerMessage message;
  v1::CertificateAnswer& answer = *message.mutable_certificate();
  auto renewed = context_.joiner.Renew(node_, request.csr_pem());
  if (renewed.ok()) {
    answer = *std::move(renewed);
  } else {
    answer.set_refused(std::string(renewed.status().message()));
  }
  stream_->Send(std::move(message));
}

void NodeSession::TellOfAuthority() {
  if (stage_ != Stage::kOpen) return;  // Greet tells
  v1::ServerMessage message;
  message.mutable_certificate()->set_ca_pem(context_.joiner.TrustedNow());
  stream_->Send(std::move(message));
}

void NodeSession::HandleHeartbeat(const v1::Heartbeat& heartbeat) {
  const auto grant = [self = shared_from_this(), sequence = heartbeat.sequence(),
                      sent = heartbeat.sent_monotonic_ns()](Grant granted) {
    if (self->stage_ != Stage::kOpen) return;
    v1::ServerMessage message;
    v1::LeaseGrant& lease = *message.mutable_lease();
    lease.set_sequence(sequence);
    lease.set_sent_monotonic_ns(sent);
    lease.set_lease_duration_ms(Millis(granted.duration));
    lease.set_lease_epoch(granted.epoch);
    self->stream_->Send(std::move(message));
  };
  context_.leases.Renew(node_, grant);
  if (std::exchange(asleep_, false)) WriteAsleep("");
  if (heartbeat.has_usage()) HandleUsage(heartbeat.usage());
}

// The node's tasks are not touched: its lease ends as every lease does, unless it wakes before.
void NodeSession::HandleSuspending() {
  asleep_ = true;
  WriteAsleep(FormatTime(context_.clock.Now()));
}

void NodeSession::WriteAsleep(const std::string& since) {
  const auto change = [since](Node& node) -> Result<bool> {
    if (!node.status.lease || node.status.lease->asleep_time == since) return false;
    node.status.lease->asleep_time = since;
    return true;
  };
  context_.grid.ChangeNodeStatus(node_, change, [node = node_](const Status& status) {
    if (!status.ok())
      LogWarning("Failed to write whether a Node is asleep",
                 {{"object", "Node " + node}, {"error", status.ToString()}});
  });
}

void NodeSession::HandleUsage(const v1::Usage& usage) {
  const NodeUsage next = UsageOf(usage, context_.clock.Now());
  const MonotonicTime now = context_.clock.Monotonic();
  const Duration age = now - usage_written_;
  if (has_usage_ && (age < kUsageInterval || (age < kUsageRefresh && !IsNews(usage_, next))))
    return;
  has_usage_ = true;
  usage_ = next;
  usage_written_ = now;
  const auto change = [next](Node& node) -> Result<bool> {
    node.status.usage = next;
    if (node.status.lease) node.status.lease->renew_time = next.observed_time;
    return true;
  };
  context_.grid.ChangeNodeStatus(node_, change, [node = node_](const Status& status) {
    if (!status.ok())
      LogWarning("Failed to write a Node's usage",
                 {{"object", "Node " + node}, {"error", status.ToString()}});
  });
}

void NodeSession::HandleOffer(const v1::Offer& offer) {
  const auto change = [offer](Node& node) -> Result<bool> {
    auto capabilities = CapabilitiesOf(node, offer.capabilities());
    if (capabilities == node.status.capabilities) return false;
    node.status.capabilities = std::move(capabilities);
    return true;
  };
  context_.grid.ChangeNodeStatus(node_, change, [node = node_](const Status& status) {
    if (!status.ok())
      LogWarning("Failed to write what a Node offers",
                 {{"object", "Node " + node}, {"error", status.ToString()}});
  });
}

void NodeSession::HandleReport(const v1::TaskReport& report) {
  if (report.report_case() == v1::TaskReport::REPORT_NOT_SET) return;
  if (report.has_finished()) context_.assignments.BeginReport(node_, report.ref());
  const auto refused = std::make_shared<bool>(false);
  const auto change = [refused, node = node_, report](Task& task) {
    return Apply(task, node, report, *refused);
  };
  const auto done = [self = shared_from_this(), report, refused](const Status& status) {
    self->OnReportWritten(report, status, *refused);
  };
  context_.grid.ChangeTaskStatus({report.ref().namespace_(), report.ref().name()}, change,
                                 [&executor = context_.executor, done](const Status& status) {
                                   executor.Post([done, status] { done(status); });
                                 });
}

void NodeSession::OnReportWritten(const v1::TaskReport& report, const Status& status,
                                  bool refused) {
  if (stage_ != Stage::kOpen) return;  // the next session reports it again
  const bool gone = status.reason() == StatusReason::kNotFound;
  const bool invalid = status.reason() == StatusReason::kInvalid;  // would be so again
  if (!status.ok() && !refused && !gone && !invalid) {
    LogWarning("Failed to write a report",
               {{"object", "Node " + node_}, {"error", status.ToString()}});
    context_.executor.PostAfter(kRetryAfter, [self = shared_from_this(), report] {
      if (self->stage_ == Stage::kOpen) self->HandleReport(report);
    });
    return;
  }
  if (!status.ok()) {
    LogInfo("Refused a report",
            {{"object", "Task " + report.ref().namespace_() + "/" + report.ref().name()},
             {"node", node_},
             {"reason", status.message()}});
  }
  AckReport(report.sequence(), status);
  if (report.has_finished() || !status.ok()) context_.assignments.Settle(node_, report.ref());
}

void NodeSession::AckReport(std::uint64_t sequence, const Status& refusal) {
  v1::ServerMessage message;
  v1::ReportAck& ack = *message.mutable_report_ack();
  ack.set_sequence(sequence);
  ack.set_refused(!refusal.ok());
  ack.set_reason(refusal.message());
  stream_->Send(std::move(message));
}

void NodeSession::HandleLog(const v1::LogChunk& chunk) {
  const v1::AttemptRef& ref = chunk.ref();
  if (!MayLog(ref)) return AckLog(ref, 0, true);
  const auto size =
      context_.logs.Append({ref.uid(), ref.attempt()}, chunk.offset(), chunk.data(), chunk.end());
  if (size.ok()) return AckLog(ref, *size, false);
  if (size.status().reason() == StatusReason::kBadRequest) return AckLog(ref, 0, true);
  // A full disk: the agent is told where we stand, and sends it again.
  LogError("Failed to write a log",
           {{"object", "Node " + node_}, {"error", size.status().ToString()}});
  context_.executor.PostAfter(kRetryAfter, [self = shared_from_this(), ref] {
    self->AckLog(ref, self->context_.logs.Size({ref.uid(), ref.attempt()}), false);
  });
}

void NodeSession::AckLog(const v1::AttemptRef& ref, std::int64_t offset, bool refused) {
  v1::ServerMessage message;
  v1::LogAck& ack = *message.mutable_log_ack();
  *ack.mutable_ref() = ref;
  ack.set_offset(offset);
  ack.set_refused(refused);
  stream_->Send(std::move(message));
}

// An attempt's output counts while it is the Task's current one, and after its end until there is
// another.
bool NodeSession::MayLog(const v1::AttemptRef& ref) {
  if (context_.assignments.IsCurrent(node_, ref)) return true;
  const Result<Task> task = context_.grid.ReadTask({ref.namespace_(), ref.name()});
  return task.ok() && CheckFence(*task, node_, ref).ok();
}

}  // namespace noizy::apiserver
