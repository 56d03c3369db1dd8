// One agent's Session: from its Hello to its end.
//
//   Accept ──▶ waiting ──Hello──▶ greeting ──Node.status written──▶ open ──▶ closed
//                                  (what comes meanwhile waits)
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/agents/assignments.h"
#include "apiserver/agents/grid_state.h"
#include "apiserver/agents/join.h"
#include "apiserver/agents/leases.h"
#include "apiserver/agents/logs.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::apiserver {

/// What sessions work with. Owned by AgentHub, outlives every session.
struct SessionContext {
  GridState& grid;
  LeaseTable& leases;
  Assignments& assignments;
  LogStore& logs;
  const Joiner& joiner;
  /// Whether the authority is being replaced: agents that connect are told.
  std::function<bool()> rotating;
  Executor& executor;
  const Clock& clock;
};

/// A node's usage is written this often at most, and only when it is news; the last one is
/// refreshed this often at least.
inline constexpr std::chrono::seconds kUsageInterval{10};
inline constexpr std::chrono::minutes kUsageRefresh{5};
/// What may wait for the executor from one agent; one that sends faster than the control plane
/// works is cut.
inline constexpr std::size_t kMaxPendingBytes = 32 << 20;

/// OnMessage and OnClosed come from gRPC and only post; all else is for the executor's thread.
class NodeSession final : public AgentSessionHandler,
                          public std::enable_shared_from_this<NodeSession> {
 public:
  NodeSession(const SessionContext& context, std::string node, std::string certificate_serial,
              std::shared_ptr<AgentStream> stream, std::function<void(NodeSession*)> on_closed)
      : context_(context),
        node_(std::move(node)),
        certificate_serial_(std::move(certificate_serial)),
        stream_(std::move(stream)),
        on_closed_(std::move(on_closed)) {}

  void OnMessage(v1::AgentMessage message) override;
  void OnClosed() override;

  const std::string& node() const { return node_; }
  const std::string& certificate_serial() const { return certificate_serial_; }
  /// Tells the agent whom to trust from now on, once the session is open.
  void TellOfAuthority();
  /// Ends the session for `why`; nothing of it is handled any more.
  void Close(Status why);

 private:
  enum class Stage : std::uint8_t { kWaiting, kGreeting, kOpen, kClosed };

  void Handle(v1::AgentMessage message);
  void HandleHello(const v1::Hello& hello);
  void Greet(const v1::Hello& hello, std::int64_t epoch, Duration duration);
  void HandleOpen(const v1::AgentMessage& message);
  void HandleCertificateRequest(const v1::CertificateRequest& request);
  void HandleHeartbeat(const v1::Heartbeat& heartbeat);
  void HandleSuspending();
  void WriteAsleep(const std::string& since);
  void HandleUsage(const v1::Usage& usage);
  void HandleOffer(const v1::Offer& offer);
  void HandleReport(const v1::TaskReport& report);
  void OnReportWritten(const v1::TaskReport& report, const Status& status, bool refused);
  void HandleLog(const v1::LogChunk& chunk);
  void AckLog(const v1::AttemptRef& ref, std::int64_t offset, bool refused);
  void AckReport(std::uint64_t sequence, const Status& refusal);
  bool MayLog(const v1::AttemptRef& ref);

  const SessionContext context_;
  const std::string node_;
  const std::string certificate_serial_;
  const std::shared_ptr<AgentStream> stream_;
  const std::function<void(NodeSession*)> on_closed_;
  std::atomic<std::size_t> pending_bytes_ = 0;

  Stage stage_ = Stage::kWaiting;
  std::vector<v1::AgentMessage> early_;  // came while greeting
  NodeUsage usage_;                      // as written last
  MonotonicTime usage_written_{};
  bool has_usage_ = false;
  bool asleep_ = false;  // it said that it would be
};

}  // namespace noizy::apiserver
