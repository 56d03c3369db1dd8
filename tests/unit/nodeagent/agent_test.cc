// The agent's logic, with a driver and a control plane in memory. agent_tasks_test.cc has real
// tasks.
#include "nodeagent/agent.h"

#include "machinery/os/files.h"
#include "machinery/pki/pki.h"
#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/nodeagent/fake_control_plane.h"
#include "tests/unit/nodeagent/fake_driver.h"

namespace noizy::nodeagent {
namespace {

class AgentTest : public testing::Test {
 protected:
  // As a process that starts: everything but the driver's tasks and the folder is new.
  Status StartAgent() {
    AgentOptions options;
    options.node_name = "n";
    options.data_dir = scratch_.path();
    options.facts = [](const DriverFingerprint& fingerprint) {
      v1::NodeFacts facts;
      for (const auto& capability : fingerprint.capabilities) facts.add_capabilities(capability);
      return facts;
    };
    options.usage = [](std::size_t running) {
      v1::Usage usage;
      usage.set_running_tasks(static_cast<int>(running));
      return usage;
    };
    agent_ =
        std::make_unique<Agent>(std::move(options), plane_, driver_, executor_, clock_, random_);
    const Status started = agent_->Start();
    executor_.RunUntilIdle();
    return started;
  }
  void Assign(const std::string& uid, std::int64_t attempt = 1) {
    plane_->Assign(AssignmentOf(uid, attempt));
    executor_.RunUntilIdle();
  }
  // An AtMostOnce attempt that may start under the lease of epoch 1.
  void AssignLeased(const std::string& uid) {
    v1::Assignment leased = AssignmentOf(uid);
    leased.set_failover("AtMostOnce");
    leased.set_lease_epoch(1);
    plane_->Assign(leased);
    executor_.RunUntilIdle();
  }
  // An attempt whose payload has to be fetched.
  void AssignWithPayload(const std::string& uid, const std::string& failover = "AtLeastOnce") {
    plane_->payload.bytes = "0123456789";
    v1::Assignment assignment = AssignmentOf(uid);
    assignment.set_failover(failover);
    assignment.set_lease_epoch(1);
    assignment.mutable_payload_ref()->set_sha256(Sha256Hex(plane_->payload.bytes));
    assignment.mutable_payload_ref()->set_size_bytes(10);
    plane_->Assign(assignment);
    executor_.RunUntilIdle();
  }
  // An agent that was given no lease yet holds such an attempt back.
  void StartAgentWithoutALease(const std::string& uid) {
    FakeControlPlane::Manners stingy;
    stingy.grant_leases = false;
    plane_->SetManners(stingy);
    ASSERT_TRUE(StartAgent().ok());
    AssignLeased(uid);
    EXPECT_EQ(TaskOf(uid).starts, 0);
  }
  FakeDriver::Task& TaskOf(const std::string& uid, std::int64_t attempt = 1) {
    return driver_.tasks[scratch_ / ("attempts/" + uid + "-" + std::to_string(attempt))];
  }
  void Begin(const std::string& uid) {
    TaskOf(uid).events.on_start({77, {}});
    executor_.RunUntilIdle();
  }
  void End(const std::string& uid, std::int64_t attempt = 1) {
    TaskOf(uid, attempt).events.on_exit(Completed("r"));
    executor_.RunUntilIdle();
  }

  ScratchFolder scratch_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  SeededRandom random_{1};
  FakeDriver driver_;
  std::shared_ptr<FakeControlPlane> plane_ = std::make_shared<FakeControlPlane>();
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTest, RunsAnAssignmentToItsEnd) {
  ASSERT_TRUE(StartAgent().ok());
  EXPECT_EQ(plane_->hellos().at(0).facts().capabilities(0), "exec");
  Assign("u");
  Begin("u");
  executor_.Advance(std::chrono::milliseconds(500));
  EXPECT_EQ(plane_->heartbeats().back().usage().running_tasks(), 1);
  End("u");
  ASSERT_EQ(plane_->reports().size(), 2U);
  EXPECT_EQ(plane_->Ends("u").at(0).result(), "r");
  EXPECT_TRUE(plane_->LogEnded("u"));
  EXPECT_EQ(agent_->attempts(), 0U);
}

TEST_F(AgentTest, TellsWhatItOffersWhenThatHasChanged) {
  FakeControlPlane::Manners silent;
  silent.welcome = false;
  plane_->SetManners(silent);
  ASSERT_TRUE(StartAgent().ok());
  // Between Hello and Welcome, it is told after Welcome.
  driver_.capabilities.emplace_back("model/a");
  agent_->OfferAnew();
  EXPECT_TRUE(plane_->offers().empty());
  plane_->SetManners({});
  v1::ServerMessage welcome;
  welcome.mutable_welcome()->set_heartbeat_interval_ms(1000);
  plane_->Send(welcome);
  executor_.RunUntilIdle();
  ASSERT_EQ(plane_->offers().size(), 1U);
  EXPECT_EQ(plane_->offers()[0].capabilities(1), "model/a");
  agent_->OfferAnew();
  EXPECT_EQ(plane_->offers().size(), 1U) << "once";
  driver_.capabilities.pop_back();
  agent_->OfferAnew();
  EXPECT_EQ(plane_->offers().at(1).capabilities_size(), 1);
}

TEST_F(AgentTest, SameAssignmentTwiceRunsOnce) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("u");
  Assign("u");
  EXPECT_EQ(TaskOf("u").starts, 1);
  End("u");
  // Also when it comes after the end was acknowledged and all of it forgotten.
  Assign("u");
  EXPECT_EQ(TaskOf("u").starts, 1);
  EXPECT_EQ(plane_->Ends("u").size(), 1U);
}

// A lease that ends because its agent is busy with starting Tasks ends them all, and brings as many
// back to be started.
TEST_F(AgentTest, HundredsOfStartsKeepNoHeartbeatWaiting) {
  ASSERT_TRUE(StartAgent().ok());
  driver_.on_start = [this] { clock_.Advance(std::chrono::milliseconds(20)); };
  for (int i = 0; i < 300; ++i) plane_->Assign(AssignmentOf("u" + std::to_string(i)));
  executor_.RunUntilIdle();
  EXPECT_EQ(driver_.tasks.size(), 300U);
  const auto beats = plane_->heartbeats();
  EXPECT_GE(beats.size(), 12U) << "two a second, for six";
  for (std::size_t i = 1; i < beats.size(); ++i) {
    const Duration gap(beats[i].sent_monotonic_ns() - beats[i - 1].sent_monotonic_ns());
    EXPECT_LE(gap, std::chrono::milliseconds(540)) << i;
  }
}

TEST_F(AgentTest, AnOrderThatWaitsItsTurnEndsWithItsSession) {
  ASSERT_TRUE(StartAgent().ok());
  driver_.on_start = [this] {
    driver_.on_start = nullptr;
    plane_->HangUp(Unavailable("gone"));
  };
  plane_->Assign(AssignmentOf("a"));
  plane_->Assign(AssignmentOf("b"));
  plane_->Cancel(AssignmentOf("a").ref(), "Deleted");
  executor_.RunUntilIdle();
  EXPECT_EQ(TaskOf("a").starts, 1);
  EXPECT_FALSE(TaskOf("a").stopped);
  EXPECT_EQ(TaskOf("b").starts, 0);
}

TEST_F(AgentTest, HigherAttemptWaitsForTheLowerToDie) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("u", 1);
  Assign("u", 2);
  EXPECT_EQ(TaskOf("u", 1).stopped->reason, "Cancelled");
  EXPECT_EQ(TaskOf("u", 1).stopped->message, "attempt 2 replaced it");
  EXPECT_EQ(TaskOf("u", 2).starts, 0);
  // Replaced while it waits: it never runs.
  Assign("u", 3);
  EXPECT_EQ(plane_->Ends("u", 2).at(0).reason(), "Cancelled");
  End("u", 1);
  EXPECT_EQ(TaskOf("u", 2).starts, 0);
  EXPECT_EQ(TaskOf("u", 3).starts, 1);
  // A stale assignment of another day.
  Assign("u", 2);
  EXPECT_EQ(TaskOf("u", 2).starts, 0);
}

TEST_F(AgentTest, AtMostOnceRunsByTheLeaseAndOthersDoNot) {
  ASSERT_TRUE(StartAgent().ok());
  AssignLeased("leased");
  Assign("free");
  const MonotonicTime first = clock_.Monotonic() + std::chrono::seconds(4);
  EXPECT_EQ(TaskOf("leased").lease_until, first);
  EXPECT_FALSE(TaskOf("free").lease_until.has_value());
  executor_.Advance(std::chrono::milliseconds(500));
  EXPECT_EQ(TaskOf("leased").lease_until, first + std::chrono::milliseconds(500));
}

TEST_F(AgentTest, AtMostOnceWaitsForALease) {
  StartAgentWithoutALease("u");
  plane_->SetManners({});
  executor_.Advance(std::chrono::milliseconds(500));
  EXPECT_EQ(TaskOf("u").starts, 1);
  EXPECT_EQ(TaskOf("u").lease_until, clock_.Monotonic() + std::chrono::seconds(4));
}

TEST_F(AgentTest, AtMostOnceNeverStartsUnderALaterLease) {
  StartAgentWithoutALease("u");
  FakeControlPlane::Manners later;
  later.lease_epoch = 2;
  plane_->SetManners(later);
  executor_.Advance(std::chrono::milliseconds(500));
  EXPECT_EQ(TaskOf("u").starts, 0);
  ASSERT_EQ(plane_->Ends("u").size(), 1U);
  EXPECT_EQ(plane_->Ends("u")[0].reason(), "Lost");
}

TEST_F(AgentTest, AnAttemptStartsWhenItsPayloadIsThere) {
  ASSERT_TRUE(StartAgent().ok());
  plane_->payload.held = true;
  AssignWithPayload("u");
  EXPECT_EQ(TaskOf("u").starts, 0);
  plane_->payload.Release();
  executor_.RunUntilIdle();
  EXPECT_EQ(TaskOf("u").starts, 1);
  EXPECT_EQ(ReadFile(scratch_ / "attempts/u-1/payload").ValueOr(""), "0123456789");
}

TEST_F(AgentTest, AFetchThatFailsEndsTheAttempt) {
  ASSERT_TRUE(StartAgent().ok());
  plane_->payload.ends = {{4, Internal("lost it")}};
  AssignWithPayload("u");
  EXPECT_EQ(TaskOf("u").starts, 0);
  ASSERT_EQ(plane_->Ends("u").size(), 1U);
  EXPECT_EQ(plane_->Ends("u").front().reason(), kStartFailed);
  EXPECT_EQ(plane_->Ends("u").front().message(), "lost it");
}

TEST_F(AgentTest, ACancellationWhileFetchingEndsTheAttempt) {
  ASSERT_TRUE(StartAgent().ok());
  plane_->payload.held = true;
  AssignWithPayload("u");
  plane_->Cancel(AssignmentOf("u").ref(), "Deleted");
  executor_.RunUntilIdle();
  EXPECT_EQ(plane_->payload.cancelled, 1);
  plane_->payload.Release();
  executor_.RunUntilIdle();
  EXPECT_EQ(TaskOf("u").starts, 0);
  ASSERT_EQ(plane_->Ends("u").size(), 1U);
  EXPECT_EQ(plane_->Ends("u").front().reason(), kCancelled);
}

TEST_F(AgentTest, AnAtMostOnceAttemptStartsUnderItsLeaseHoweverLongItsPayloadTook) {
  ASSERT_TRUE(StartAgent().ok());
  plane_->payload.held = true;
  AssignWithPayload("u", "AtMostOnce");
  FakeControlPlane::Manners later;
  later.lease_epoch = 2;
  plane_->SetManners(later);
  executor_.Advance(std::chrono::seconds(5));
  plane_->payload.Release();
  executor_.RunUntilIdle();
  EXPECT_EQ(TaskOf("u").starts, 0);
  ASSERT_EQ(plane_->Ends("u").size(), 1U);
  EXPECT_EQ(plane_->Ends("u").front().reason(), kLost);
}

// It never started, so the control plane assigns it once more.
TEST_F(AgentTest, ARestartedAgentForgetsAnAttemptThatWasFetching) {
  ASSERT_TRUE(StartAgent().ok());
  plane_->payload.held = true;
  AssignWithPayload("u");
  agent_.reset();
  ASSERT_TRUE(StartAgent().ok());
  EXPECT_EQ(plane_->hellos().back().running_size(), 0);
  EXPECT_TRUE(plane_->Ends("u").empty());
  plane_->payload.held = false;
  AssignWithPayload("u");
  EXPECT_EQ(TaskOf("u").starts, 1);
  // From its start on it is the task of the folder, as any.
  agent_.reset();
  ASSERT_TRUE(StartAgent().ok());
  EXPECT_EQ(plane_->hellos().back().running_size(), 1);
}

TEST_F(AgentTest, CancellationStopsAndOthersRunOn) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("a");
  Assign("b");
  plane_->Cancel(AssignmentOf("a").ref(), "Deleted");
  plane_->Cancel(AssignmentOf("unknown").ref(), "Deleted");
  executor_.RunUntilIdle();
  EXPECT_EQ(TaskOf("a").stopped->reason, "Cancelled");
  EXPECT_EQ(TaskOf("a").stopped->message, "the control plane ended it: Deleted");
  EXPECT_EQ(TaskOf("a").stopped->grace, std::chrono::seconds(30));
  EXPECT_FALSE(TaskOf("b").stopped.has_value());
}

TEST_F(AgentTest, UnacknowledgedReportsComeAgainAfterAReconnection) {
  FakeControlPlane::Manners silent;
  silent.ack_reports = false;
  plane_->SetManners(silent);
  ASSERT_TRUE(StartAgent().ok());
  Assign("u");
  End("u");
  EXPECT_EQ(plane_->Ends("u").size(), 1U);
  plane_->HangUp(Unavailable("gone"));
  plane_->SetManners({});
  executor_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(plane_->hellos().at(1).running(0).uid(), "u");
  EXPECT_EQ(plane_->Ends("u").size(), 2U);
  // Acknowledged now: a third session hears nothing of it.
  plane_->HangUp(Unavailable("gone"));
  executor_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(plane_->sessions(), 3);
  EXPECT_EQ(plane_->hellos().at(2).running_size(), 0);
  EXPECT_EQ(plane_->Ends("u").size(), 2U);
}

TEST_F(AgentTest, RestartedAgentKnowsItsAttempts) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("runs");
  Begin("runs");
  FakeControlPlane::Manners silent;
  silent.ack_reports = false;
  plane_->SetManners(silent);
  Assign("ended");
  End("ended");
  agent_.reset();

  plane_->SetManners({});
  ASSERT_TRUE(StartAgent().ok());
  EXPECT_EQ(plane_->hellos().at(1).running_size(), 2);
  EXPECT_EQ(TaskOf("runs").recoveries, 1);
  EXPECT_EQ(TaskOf("runs").starts, 1);
  TaskOf("ended").events.on_exit(Completed("r"));
  Begin("runs");
  End("runs");
  EXPECT_EQ(plane_->Ends("runs").size(), 1U);
  EXPECT_EQ(plane_->Ends("ended").size(), 2U);
  EXPECT_EQ(agent_->attempts(), 0U);
  EXPECT_TRUE(ListFolder(scratch_ / "attempts")->empty());
}

TEST_F(AgentTest, RefusedAttemptIsStoppedAndForgotten) {
  ASSERT_TRUE(StartAgent().ok());
  FakeControlPlane::Manners refusing;
  refusing.refuse_reports = true;
  plane_->SetManners(refusing);
  Assign("u");
  Begin("u");
  EXPECT_TRUE(TaskOf("u").stopped.has_value());
  End("u");
  EXPECT_TRUE(plane_->Ends("u").empty());
  EXPECT_EQ(agent_->attempts(), 0U);
}

TEST_F(AgentTest, AttemptThatCannotBeStoredIsToldAtOnce) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("../../etc");
  const auto ends = plane_->Ends("../../etc");
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].reason(), "StartFailed");
  EXPECT_NE(ends[0].message().find("cannot store"), std::string::npos);
  EXPECT_TRUE(driver_.tasks.empty());
}

TEST_F(AgentTest, OneAgentAFolder) {
  ASSERT_TRUE(StartAgent().ok());
  const auto first = std::move(agent_);
  const Status second = StartAgent();
  EXPECT_EQ(second.reason(), StatusReason::kConflict);
  EXPECT_NE(second.message().find("another agent"), std::string::npos);
}

TEST_F(AgentTest, StoppedAgentIsSilentAndStopsNothing) {
  ASSERT_TRUE(StartAgent().ok());
  Assign("u");
  agent_->Stop();
  agent_->Stop();
  Assign("v");
  executor_.Advance(std::chrono::seconds(60));
  EXPECT_FALSE(TaskOf("u").stopped.has_value());
  EXPECT_EQ(TaskOf("v").starts, 0);
  EXPECT_EQ(plane_->sessions(), 1);
}

}  // namespace
}  // namespace noizy::nodeagent
