#include "apiserver/agents/assignments.h"

#include "apiserver/agents/reports.h"
#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {
namespace {

class AssignmentsTest : public AgentsTest {
 protected:
  AssignmentsTest() {
    assignments_.Start();
    executor_.RunUntilIdle();
  }

  std::shared_ptr<FakeStream> Attach(const std::string& node,
                                     const std::vector<v1::AttemptRef>& held = {}) {
    auto stream = std::make_shared<FakeStream>();
    assignments_.Attach(node, stream, held);
    executor_.RunUntilIdle();
    return stream;
  }
  void BoundTask(const std::string& name, const std::string& node) {
    CreateTask(name);
    Bind(name, node);
    executor_.RunUntilIdle();
  }
  void EndAttempt(const std::string& name, const std::string& reason) {
    ChangeTask(name, [&](TaskStatus& status) {
      status.attempts.back().finish_time = FormatMicroTime(clock_.Now());
      status.attempts.back().reason = reason;
    });
  }

  std::int64_t epoch_ = 3;  // of every node's lease
  std::vector<std::string> gone_;
  std::vector<std::string> told_;
  std::set<std::string> synced_;
  Assignments assignments_{grid_,
                           executor_,
                           clock_,
                           {[this](const Task& task) { told_.push_back(task.metadata.name); },
                            [this](const std::string&) { return epoch_; }, SignedName,
                            [this](const std::string& uid) { gone_.push_back(uid); },
                            [this](const std::set<std::string>& uids) { synced_ = uids; }}};
};

TEST_F(AssignmentsTest, ABoundTaskIsAssignedOnceToItsNode) {
  const auto a = Attach("a");
  const auto b = Attach("b");
  BoundTask("t", "a");
  const auto sent = a->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].ref().name(), "t");
  EXPECT_EQ(sent[0].ref().attempt(), 1);
  UpdateTask("t", [](Value& task) { Set(task, {"metadata", "labels", "x"}, "y"); });
  ChangeTask("t", [](TaskStatus& status) { status.phase = "Running"; });
  executor_.RunUntilIdle();
  EXPECT_TRUE(a->sent.empty());
  EXPECT_TRUE(b->sent.empty());
}

TEST_F(AssignmentsTest, AnAtMostOnceAttemptIsLetStartUnderTheLeaseInItsRecordOnly) {
  CreateTask("t", [](Task& task) { task.spec.failover = "AtMostOnce"; });
  Bind("t", "a");
  epoch_ = 0;
  const auto first = Attach("a");
  EXPECT_TRUE(first->TakeAssignments().empty()) << "its node holds no lease";
  epoch_ = 3;
  assignments_.OnLease("a");
  executor_.RunUntilIdle();
  auto sent = first->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].lease_epoch(), 3);
  EXPECT_EQ(sent[0].fence_token(), "signed t 1");
  EXPECT_EQ(ReadTask("t").status.attempts[0].lease_epoch, 3);
  // The agent never heard of it, and holds another lease by now.
  epoch_ = 4;
  sent = Attach("a")->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].lease_epoch(), 4);
  EXPECT_EQ(ReadTask("t").status.attempts[0].lease_epoch, 4);
}

TEST_F(AssignmentsTest, ALeaseIsNotClaimedForAnAttemptGivenUpMeanwhile) {
  CreateTask("t", [](Task& task) { task.spec.failover = "AtMostOnce"; });
  Bind("t", "a");
  store_.SetHealth(Unavailable("disk full"));
  const auto stream = Attach("a");
  store_.SetHealth(Status::Ok());
  EndAttempt("t", "NodeLost");
  executor_.Advance(std::chrono::seconds(2));
  EXPECT_TRUE(stream->TakeAssignments().empty());
  EXPECT_FALSE(ReadTask("t").status.attempts[0].lease_epoch.has_value());
}

TEST_F(AssignmentsTest, ANodeThatConnectsGetsWhatWaitsForIt) {
  BoundTask("t1", "a");
  BoundTask("t2", "a");
  BoundTask("other", "b");
  const auto a = Attach("a");
  EXPECT_EQ(a->TakeAssignments().size(), 2U);
}

TEST_F(AssignmentsTest, HelloIsReconciledWithTheStore) {
  BoundTask("keeps", "a");
  BoundTask("stale", "a");
  EndAttempt("stale", "NodeLost");
  Bind("stale", "b");
  BoundTask("unknown", "a");
  const v1::AttemptRef unknown = Ref(ReadTask("unknown"), 1);
  DeleteTask("unknown");
  RemoveFinalizer("unknown");
  BoundTask("missing", "a");
  executor_.RunUntilIdle();
  const auto a = Attach("a", {Ref(ReadTask("keeps"), 1), Ref(ReadTask("stale"), 1), unknown});
  EXPECT_EQ(a->TakeCancellations(),
            (std::vector<std::string>{"stale/1 Fenced", "unknown/1 Deleted"}));
  const auto sent = a->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].ref().name(), "missing");
}

TEST_F(AssignmentsTest, ARunningAttemptThatTheAgentForgotIsLost) {
  BoundTask("t", "a");
  ChangeTask("t", [](TaskStatus& status) { status.phase = "Running"; });
  executor_.RunUntilIdle();
  const auto a = Attach("a");
  EXPECT_TRUE(a->sent.empty());
  EXPECT_EQ(ReadTask("t").status.attempts[0].reason, "Lost");
  EXPECT_NE(ReadTask("t").status.attempts[0].finish_time, "");
}

TEST_F(AssignmentsTest, DeletionSuspensionAndFencingCancel) {
  const auto a = Attach("a");
  for (const std::string name : {"deleted", "suspended", "fenced", "given-up"})
    BoundTask(name, "a");
  a->TakeAssignments();
  DeleteTask("deleted");
  UpdateTask("suspended", [](Value& task) { Set(task, {"spec", "suspend"}, true); });
  EndAttempt("fenced", "NodeLost");
  Bind("fenced", "b");
  EndAttempt("given-up", "TimedOut");
  executor_.RunUntilIdle();
  EXPECT_EQ(a->TakeCancellations(),
            (std::vector<std::string>{"deleted/1 Deleted", "suspended/1 Suspended",
                                      "fenced/1 Fenced", "given-up/1 TimedOut"}));
  UpdateTask("deleted", [](Value& task) { Set(task, {"metadata", "labels", "x"}, "y"); });
  executor_.RunUntilIdle();
  EXPECT_TRUE(a->TakeCancellations().empty());  // said once
}

TEST_F(AssignmentsTest, ASecondAttemptOnTheSameNodeIsAssignedBesideTheFirst) {
  const auto a = Attach("a");
  BoundTask("t", "a");
  a->TakeAssignments();
  EndAttempt("t", "NodeLost");
  Bind("t", "a");
  executor_.RunUntilIdle();
  EXPECT_EQ(a->TakeCancellations(), std::vector<std::string>{"t/1 Fenced"});
  const auto sent = a->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].ref().attempt(), 2);
  EXPECT_TRUE(assignments_.IsCurrent("a", Ref(ReadTask("t"), 2)));
  EXPECT_FALSE(assignments_.IsCurrent("a", Ref(ReadTask("t"), 1)));
}

TEST_F(AssignmentsTest, AnAttemptWhoseEndIsBeingWrittenIsNotCancelled) {
  const auto a = Attach("a");
  BoundTask("t", "a");
  a->TakeAssignments();
  const v1::AttemptRef ref = Ref(ReadTask("t"), 1);
  assignments_.BeginReport("a", ref);
  EndAttempt("t", "Error");
  executor_.RunUntilIdle();
  EXPECT_TRUE(a->sent.empty());
  assignments_.Settle("a", ref);
  executor_.RunUntilIdle();
  EXPECT_TRUE(a->sent.empty());
  EXPECT_FALSE(assignments_.IsCurrent("a", ref));
}

TEST_F(AssignmentsTest, AMissingSecretEndsTheAttemptByName) {
  const auto a = Attach("a");
  CreateTask("t", [](Task& task) {
    TaskEnvVar variable;
    variable.name = "KEY";
    variable.value_from = TaskEnvVarSource{{"llm", "key", false}};
    task.spec.env = {variable};
  });
  Bind("t", "a");
  executor_.RunUntilIdle();
  EXPECT_TRUE(a->TakeAssignments().empty());
  const TaskAttempt attempt = ReadTask("t").status.attempts.at(0);
  EXPECT_EQ(attempt.reason, "SecretNotFound");
  EXPECT_NE(attempt.message.find("\"llm\""), std::string::npos);
  EXPECT_NE(attempt.finish_time, "");

  CreateSecret("llm", "key", "hidden");
  Bind("t", "a");
  executor_.RunUntilIdle();
  const auto sent = a->TakeAssignments();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].env(0).value(), "hidden");
}

TEST_F(AssignmentsTest, ATaskDeletedBeforeItsNodeHeardOfItIsOver) {
  BoundTask("t", "a");
  DeleteTask("t");
  executor_.RunUntilIdle();
  EXPECT_EQ(ReadTask("t").status.attempts[0].finish_time,
            "");  // the node may yet come and say that it runs
  const auto a = Attach("a");
  EXPECT_TRUE(a->sent.empty());
  EXPECT_EQ(ReadTask("t").status.attempts[0].reason, "Cancelled");
}

TEST_F(AssignmentsTest, AFailedWriteIsMadeAgain) {
  BoundTask("t", "a");
  ChangeTask("t", [](TaskStatus& status) { status.phase = "Running"; });
  store_.SetHealth(Unavailable("disk full"));
  Attach("a");
  EXPECT_EQ(ReadTask("t").status.attempts[0].reason, "");
  store_.SetHealth(Status::Ok());
  executor_.Advance(std::chrono::seconds(2));
  EXPECT_EQ(ReadTask("t").status.attempts[0].reason, "Lost");
}

TEST_F(AssignmentsTest, ANewConnectionReplacesTheOldAndTheOldsEndChangesNothing) {
  BoundTask("t", "a");
  const auto old = Attach("a");
  EXPECT_EQ(old->TakeAssignments().size(), 1U);
  const auto fresh = Attach("a");
  EXPECT_EQ(fresh->TakeAssignments().size(), 1U);  // the agent said it holds nothing
  assignments_.Detach("a", old.get());
  DeleteTask("t");
  executor_.RunUntilIdle();
  EXPECT_EQ(fresh->TakeCancellations().size(), 1U);
  assignments_.Detach("a", fresh.get());
  BoundTask("t2", "a");
  EXPECT_TRUE(fresh->sent.empty());
}

TEST_F(AssignmentsTest, AFeedThatFellBehindBeginsAnew) {
  const auto a = Attach("a");
  BoundTask("t", "a");
  BoundTask("vanishes", "a");
  a->TakeAssignments();
  told_.clear();
  DeleteTask("vanishes");
  RemoveFinalizer("vanishes");
  BoundTask("new", "a");
  store_.Compact(store_.Revision());
  executor_.RunUntilIdle();
  EXPECT_EQ(a->TakeCancellations(), std::vector<std::string>{"vanishes/1 Deleted"});
  EXPECT_EQ(a->TakeAssignments().size(), 1U);
}

TEST_F(AssignmentsTest, OthersHearOfAnAttemptsEndAndOfATasks) {
  const Task task = CreateTask("t");
  Bind("t", "a");
  executor_.RunUntilIdle();
  EXPECT_TRUE(told_.empty());
  EndAttempt("t", "Exited");
  executor_.RunUntilIdle();
  EXPECT_EQ(told_, std::vector<std::string>{"t"});
  DeleteTask("t");
  RemoveFinalizer("t");
  executor_.RunUntilIdle();
  EXPECT_EQ(gone_, std::vector<std::string>{task.metadata.uid});
  const Task other = CreateTask("other");
  std::set<std::string> uids;
  Assignments late(grid_, executor_, clock_,
                   {[](const Task&) {}, [](const std::string&) { return 1; }, SignedName,
                    [](const std::string&) {}, [&](const auto& all) { uids = all; }});
  late.Start();
  EXPECT_EQ(uids, std::set<std::string>{other.metadata.uid});
}

}  // namespace
}  // namespace noizy::apiserver
