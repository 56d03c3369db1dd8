// Sends task reports until each is acknowledged: in order, again after every reconnection, never
// after an acknowledgement.
//
// It keeps reports in memory only. What must survive the agent is in the attempts' folders, from
// which the task runners make the reports again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

enum class ReportAnswer : std::uint8_t {
  kAccepted,
  kRefused,  // the attempt is fenced or unknown: stop it, forget it
};

/// For the Executor's thread.
class StatusReporter {
 public:
  using Send = std::function<void(v1::AgentMessage)>;
  using OnAnswer = std::function<void(ReportAnswer, const std::string& reason)>;

  explicit StatusReporter(Send send) : send_(std::move(send)) {}

  /// Numbers the report and sends it as soon as there is a session. `on_answer` is called once,
  /// unless Forget comes first.
  void Add(v1::TaskReport report, OnAnswer on_answer);
  /// Sends again all that is pending.
  void OnConnected();
  void OnDisconnected() { connected_ = false; }
  /// An acknowledgement of nothing that is pending does nothing.
  void OnAck(const v1::ReportAck& ack);
  /// Drops what is pending of an attempt.
  void Forget(const v1::AttemptRef& ref);

  std::size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    v1::TaskReport report;
    OnAnswer on_answer;
  };
  void SendOne(const v1::TaskReport& report) const;

  Send send_;
  bool connected_ = false;
  std::uint64_t next_sequence_ = 1;
  std::map<std::uint64_t, Pending> pending_;  // by sequence: the order they were added in
};

}  // namespace noizy::nodeagent
