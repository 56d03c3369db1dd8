#include "nodeagent/agent_metrics.h"

#include "machinery/base/metrics.h"

namespace noizy::nodeagent {
namespace {

TEST(AgentMetricsTest, CountsUnderClosedLabels) {
  CountAttemptStarted();
  CountAttemptFinished("TimedOut");
  CountAttemptFinished("forged\"} 1");
  SetAttemptsRunning(3);
  SetReportsPending(2);
  CountLogBytesShipped(10);
  SetSessionConnected(true);
  CountReconnect();
  const std::string text = MetricsText();
  EXPECT_NE(text.find("noizy_agent_attempts_finished_total{reason=\"TimedOut\"}"),
            std::string::npos);
  EXPECT_NE(text.find("noizy_agent_attempts_finished_total{reason=\"Other\"}"), std::string::npos);
  EXPECT_EQ(text.find("forged"), std::string::npos);
  EXPECT_NE(text.find("noizy_agent_attempts_running 3"), std::string::npos);
  EXPECT_NE(text.find("noizy_agent_reports_pending 2"), std::string::npos);
  EXPECT_NE(text.find("noizy_agent_session_connected 1"), std::string::npos);
  for (const char* name :
       {"attempts_started_total", "log_shipped_bytes_total", "session_reconnects_total"}) {
    EXPECT_NE(text.find("noizy_agent_" + std::string(name)), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace noizy::nodeagent
