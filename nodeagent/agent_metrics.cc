#include "nodeagent/agent_metrics.h"

#include <array>
#include <map>

#include "machinery/base/metrics.h"
#include "nodeagent/drivers/driver.h"

namespace noizy::nodeagent {
namespace {

struct Metrics {
  Counter started{"noizy_agent_attempts_started_total", "Attempts whose process was started."};
  Gauge running{"noizy_agent_attempts_running", "Attempts that have not ended."};
  Gauge reports{"noizy_agent_reports_pending",
                "Task reports sent or to be sent and not acknowledged."};
  Counter log_bytes{"noizy_agent_log_shipped_bytes_total",
                    "Bytes of task logs sent to the control plane."};
  Gauge connected{"noizy_agent_session_connected",
                  "1 while the control plane has welcomed this agent."};
  Counter reconnects{"noizy_agent_session_reconnects_total", "Sessions opened after the first."};
};

Metrics& All() {
  // Never destroyed, as the registry itself: a thread may count while the process ends. Owned by
  // nobody.
  static auto* metrics = new Metrics;
  return *metrics;
}

Counter FinishedCounter(const std::string& reason) {
  return {"noizy_agent_attempts_finished_total",
          "Attempts that ended, by reason.",
          {{"reason", reason}}};
}

}  // namespace

void CountAttemptStarted() {
  All().started.Increment();
}

void CountAttemptFinished(std::string_view reason) {
  static constexpr std::array kReasons = {kCompleted,   kError, kTimedOut,   kCancelled,
                                          kStartFailed, kLost,  kOutOfMemory};
  const bool known = std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
  FinishedCounter(known ? std::string(reason) : "Other").Increment();
}

void SetAttemptsRunning(std::size_t count) {
  All().running.Set(static_cast<double>(count));
}
void SetReportsPending(std::size_t count) {
  All().reports.Set(static_cast<double>(count));
}
void CountLogBytesShipped(std::size_t bytes) {
  All().log_bytes.Increment(static_cast<double>(bytes));
}
void SetSessionConnected(bool connected) {
  All().connected.Set(connected ? 1 : 0);
}
void CountReconnect() {
  All().reconnects.Increment();
}

}  // namespace noizy::nodeagent
