#include "nodeagent/status_reporter.h"

namespace noizy::nodeagent {
namespace {

class StatusReporterTest : public testing::Test {
 protected:
  void Add(const std::string& uid) {
    v1::TaskReport report;
    report.mutable_ref()->set_uid(uid);
    report.mutable_finished();
    reporter_.Add(std::move(report), [this, uid](ReportAnswer answer, const std::string& reason) {
      answers_ +=
          uid + (answer == ReportAnswer::kRefused ? " refused " + reason + ";" : " accepted;");
    });
  }
  void Ack(std::uint64_t sequence, bool refused = false) {
    v1::ReportAck ack;
    ack.set_sequence(sequence);
    ack.set_refused(refused);
    ack.set_reason(refused ? "Fenced" : "");
    reporter_.OnAck(ack);
  }
  // Uids and sequences of what was sent since the last call.
  std::string Sent() { return std::exchange(sent_, ""); }

  std::string sent_;
  std::string answers_;
  StatusReporter reporter_{[this](const v1::AgentMessage& message) {
    sent_ += message.report().ref().uid() + std::to_string(message.report().sequence()) + " ";
  }};
};

TEST_F(StatusReporterTest, WaitsForTheSessionAndKeepsTheOrder) {
  Add("a");
  Add("b");
  EXPECT_EQ(Sent(), "");
  reporter_.OnConnected();
  EXPECT_EQ(Sent(), "a1 b2 ");
  Add("c");
  EXPECT_EQ(Sent(), "c3 ");
}

TEST_F(StatusReporterTest, SendsAgainWhatIsNotAcknowledged) {
  reporter_.OnConnected();
  Add("a");
  Add("b");
  Ack(1);
  reporter_.OnDisconnected();
  Add("c");
  EXPECT_EQ(Sent(), "a1 b2 ");
  reporter_.OnConnected();
  EXPECT_EQ(Sent(), "b2 c3 ");
  EXPECT_EQ(answers_, "a accepted;");
}

TEST_F(StatusReporterTest, AcknowledgedIsNeverSentOrAnsweredAgain) {
  reporter_.OnConnected();
  Add("a");
  Ack(1);
  Ack(1);
  Ack(99);
  (void)Sent();
  reporter_.OnDisconnected();
  reporter_.OnConnected();
  EXPECT_EQ(Sent(), "");
  EXPECT_EQ(answers_, "a accepted;");
  EXPECT_EQ(reporter_.pending(), 0U);
}

TEST_F(StatusReporterTest, RefusalIsPassedOn) {
  reporter_.OnConnected();
  Add("a");
  Ack(1, true);
  EXPECT_EQ(answers_, "a refused Fenced;");
}

TEST_F(StatusReporterTest, ForgetsAnAttemptWithoutAnAnswer) {
  Add("a");
  Add("b");
  v1::AttemptRef ref;
  ref.set_uid("a");
  reporter_.Forget(ref);
  reporter_.OnConnected();
  EXPECT_EQ(Sent(), "b2 ");
  EXPECT_EQ(answers_, "");
}

}  // namespace
}  // namespace noizy::nodeagent
