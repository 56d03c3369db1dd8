#include "nodeagent/session.h"

#include "tests/unit/nodeagent/fake_control_plane.h"

namespace noizy::nodeagent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    SessionHooks hooks;
    hooks.make_hello = [] {
      v1::Hello hello;
      hello.add_running()->set_uid("u");
      return hello;
    };
    hooks.sample_usage = [] {
      v1::Usage usage;
      usage.set_load1(2.5);
      return usage;
    };
    hooks.on_lease = [] {};
    hooks.suspended = [this] { return suspended_; };
    hooks.on_connected = [this] { told_ += "connected;"; };
    hooks.on_disconnected = [this] { told_ += "disconnected;"; };
    hooks.on_assignment = [this](const v1::Assignment& a) {
      told_ += "assign " + a.ref().uid() + ";";
    };
    hooks.on_cancellation = [this](const v1::Cancellation& c) {
      told_ += "cancel " + c.ref().uid() + ";";
    };
    hooks.on_report_ack = [this](const v1::ReportAck& a) {
      told_ += "ack " + std::to_string(a.sequence()) + ";";
    };
    hooks.on_log_ack = [this](const v1::LogAck&) { told_ += "log;"; };
    session_ =
        std::make_shared<Session>(plane_, SessionOptions{}, hooks, executor_, clock_, random_);
  }
  std::string Told() {
    executor_.RunUntilIdle();
    return std::exchange(told_, "");
  }

  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{7};
  std::shared_ptr<FakeControlPlane> plane_ = std::make_shared<FakeControlPlane>();
  std::string told_;
  Duration suspended_{};
  std::shared_ptr<Session> session_;
};

TEST_F(SessionTest, SaysHelloAndIsWelcome) {
  session_->Start();
  EXPECT_FALSE(session_->connected());
  EXPECT_EQ(Told(), "connected;log;");
  EXPECT_TRUE(session_->connected());
  ASSERT_EQ(plane_->hellos().size(), 1U);
  EXPECT_EQ(plane_->hellos()[0].running(0).uid(), "u");
}

TEST_F(SessionTest, BeatsAtTheIntervalTheServerWants) {
  clock_.Advance(seconds(100));
  session_->Start();
  executor_.RunUntilIdle();
  executor_.Advance(milliseconds(1700));
  const auto heartbeats = plane_->heartbeats();
  ASSERT_EQ(heartbeats.size(), 4U);  // at 0, 0.5, 1 and 1.5 s
  EXPECT_EQ(heartbeats[0].sequence() + 3, heartbeats[3].sequence());
  EXPECT_EQ(heartbeats[0].sent_monotonic_ns(), 100'000'000'000);
  EXPECT_EQ(heartbeats[3].sent_monotonic_ns(), 101'500'000'000);
  EXPECT_EQ(heartbeats[0].usage().load1(), 2.5);
}

TEST_F(SessionTest, MeasuresTheLeaseFromTheSending) {
  session_->Start();
  executor_.RunUntilIdle();
  EXPECT_EQ(session_->lease_until(), MonotonicTime(seconds(4)));
  executor_.Advance(milliseconds(600));
  EXPECT_EQ(session_->lease_until(), MonotonicTime(milliseconds(4500)));
  // A grant for a time that has not come is not an echo of ours.
  v1::ServerMessage forged;
  forged.mutable_lease()->set_sent_monotonic_ns(1'000'000'000'000);
  forged.mutable_lease()->set_lease_duration_ms(4000);
  plane_->Send(forged);
  executor_.RunUntilIdle();
  EXPECT_EQ(session_->lease_until(), MonotonicTime(milliseconds(4500)));
}

TEST_F(SessionTest, AWallClockThatJumpsTwoYearsMovesNoLease) {
  session_->Start();
  executor_.RunUntilIdle();
  clock_.SetWall(clock_.Now() + std::chrono::hours(2 * 8766));
  executor_.Advance(milliseconds(600));
  EXPECT_TRUE(session_->connected());
  EXPECT_EQ(session_->lease_until(), MonotonicTime(milliseconds(4500)));
}

TEST_F(SessionTest, AMachineThatSleptConnectsAnew) {
  session_->Start();
  (void)Told();
  suspended_ += seconds(61);
  executor_.Advance(milliseconds(500));
  EXPECT_EQ(Told(), "disconnected;");
  executor_.Advance(milliseconds(200));
  EXPECT_EQ(Told(), "connected;log;");
  ASSERT_EQ(plane_->hellos().size(), 2U);
  EXPECT_EQ(plane_->hellos()[1].suspended_ns(), 61'000'000'000);
}

TEST_F(SessionTest, IsSilentAfterItSaidThatTheMachineWillSleep) {
  session_->Start();
  (void)Told();
  session_->Suspending();
  const std::size_t before = plane_->heartbeats().size();
  EXPECT_EQ(plane_->suspends(), 1);
  executor_.Advance(milliseconds(9900));
  EXPECT_EQ(plane_->heartbeats().size(), before);
  executor_.Advance(milliseconds(600));
  EXPECT_GT(plane_->heartbeats().size(), before) << "it stayed up after all";
}

TEST_F(SessionTest, PassesOnWhatTheServerSends) {
  session_->Start();
  (void)Told();
  v1::Assignment assignment;
  assignment.mutable_ref()->set_uid("a");
  plane_->Assign(assignment);
  plane_->Cancel(assignment.ref(), "Deleted");
  plane_->AckReport(9);
  plane_->Send({});  // of a newer server
  EXPECT_EQ(Told(), "assign a;cancel a;ack 9;");
}

TEST_F(SessionTest, ComesBackAfterALoss) {
  session_->Start();
  (void)Told();
  plane_->HangUp(Unavailable("gone"));
  EXPECT_EQ(Told(), "disconnected;");
  EXPECT_FALSE(session_->connected());
  executor_.Advance(milliseconds(99));
  EXPECT_EQ(plane_->sessions(), 1);
  executor_.Advance(milliseconds(101));
  EXPECT_EQ(plane_->sessions(), 2);
  EXPECT_EQ(Told(), "connected;log;");
}

TEST_F(SessionTest, BacksOffTwiceAsLongEachTimeUpToABound) {
  FakeControlPlane::Manners refusing;
  refusing.close_at_once = Unavailable("refused");
  plane_->SetManners(refusing);
  session_->Start();
  std::vector<MonotonicTime> opened;
  for (int i = 0; i < 12; ++i) {
    const int before = plane_->sessions();
    while (plane_->sessions() == before) executor_.Advance(milliseconds(10));
    opened.push_back(clock_.Monotonic());
  }
  Duration most = milliseconds(400);
  for (std::size_t i = 1; i < opened.size();
       ++i, most = std::min<Duration>(2 * most, seconds(10))) {
    const Duration pause = opened[i] - opened[i - 1];
    EXPECT_GE(pause, most / 2 - milliseconds(20)) << i;
    EXPECT_LE(pause, most + milliseconds(20)) << i;
  }
  EXPECT_EQ(Told(), "");
}

TEST_F(SessionTest, WaitsLongWhenSomebodyHasToHelp) {
  FakeControlPlane::Manners refusing;
  refusing.close_at_once = Unauthorized("unknown certificate");
  plane_->SetManners(refusing);
  session_->Start();
  executor_.Advance(seconds(5) - milliseconds(1));
  EXPECT_EQ(plane_->sessions(), 1);
  executor_.Advance(seconds(5) + milliseconds(1));
  EXPECT_EQ(plane_->sessions(), 2);
}

TEST_F(SessionTest, LeavesAServerThatDoesNotAnswer) {
  FakeControlPlane::Manners mute;
  mute.welcome = false;
  plane_->SetManners(mute);
  session_->Start();
  executor_.Advance(seconds(10));
  EXPECT_EQ(plane_->sessions(), 1);
  plane_->SetManners({});
  executor_.Advance(milliseconds(200));
  EXPECT_EQ(plane_->sessions(), 2);
  EXPECT_EQ(Told(), "connected;log;");
}

TEST_F(SessionTest, BusyConnectionTakesNoLogs) {
  session_->Start();
  v1::AgentMessage chunk;
  chunk.mutable_log();
  EXPECT_FALSE(session_->SendWhenIdle(chunk));
  executor_.RunUntilIdle();
  EXPECT_TRUE(session_->SendWhenIdle(chunk));
  FakeControlPlane::Manners slow;
  slow.queued = Session::kBusyQueue;
  plane_->SetManners(slow);
  EXPECT_FALSE(session_->SendWhenIdle(chunk));
  EXPECT_EQ(plane_->chunks().size(), 1U);
}

TEST_F(SessionTest, StoppedIsSilent) {
  session_->Start();
  (void)Told();
  session_->Stop();
  plane_->Assign({});
  executor_.Advance(seconds(60));
  EXPECT_EQ(Told(), "");
  EXPECT_EQ(plane_->sessions(), 1);
  EXPECT_EQ(plane_->heartbeats().size(), 1U);
}

}  // namespace
}  // namespace noizy::nodeagent
