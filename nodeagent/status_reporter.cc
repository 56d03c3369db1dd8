#include "nodeagent/status_reporter.h"

#include "nodeagent/agent_metrics.h"

namespace noizy::nodeagent {

void StatusReporter::Add(v1::TaskReport report, OnAnswer on_answer) {
  const std::uint64_t sequence = next_sequence_++;
  report.set_sequence(sequence);
  const auto added =
      pending_.emplace(sequence, Pending{std::move(report), std::move(on_answer)}).first;
  SetReportsPending(pending_.size());
  if (connected_) SendOne(added->second.report);
}

void StatusReporter::OnConnected() {
  connected_ = true;
  for (const auto& [sequence, pending] : pending_) SendOne(pending.report);
}

void StatusReporter::OnAck(const v1::ReportAck& ack) {
  const auto found = pending_.find(ack.sequence());
  if (found == pending_.end()) return;
  const OnAnswer on_answer = std::move(found->second.on_answer);
  pending_.erase(found);
  SetReportsPending(pending_.size());
  on_answer(ack.refused() ? ReportAnswer::kRefused : ReportAnswer::kAccepted, ack.reason());
}

void StatusReporter::Forget(const v1::AttemptRef& ref) {
  std::erase_if(pending_, [&](const auto& entry) {
    const v1::AttemptRef& other = entry.second.report.ref();
    return other.uid() == ref.uid() && other.attempt() == ref.attempt();
  });
  SetReportsPending(pending_.size());
}

void StatusReporter::SendOne(const v1::TaskReport& report) const {
  v1::AgentMessage message;
  *message.mutable_report() = report;
  send_(std::move(message));
}

}  // namespace noizy::nodeagent
