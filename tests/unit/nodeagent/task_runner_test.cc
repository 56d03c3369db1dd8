#include "nodeagent/task_runner.h"

#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/nodeagent/fake_driver.h"

namespace noizy::nodeagent {
namespace {

using State = TaskRunner::State;

class TaskRunnerTest : public testing::Test {
 protected:
  TaskRunnerTest() {
    EXPECT_TRUE(store_.Load().ok());
    reporter_.OnConnected();
  }
  // A runner of a new folder.
  std::shared_ptr<TaskRunner> Accept() {
    AttemptRecord record;
    record.ref = AssignmentOf("u").ref();
    folder_ = store_.Create(record).ValueOr("");
    return std::make_shared<TaskRunner>(folder_, record, context_);
  }
  // A runner as a restarted agent makes it.
  std::shared_ptr<TaskRunner> Reload() {
    reporter_.Forget(AssignmentOf("u").ref());
    const auto found = store_.Load();
    EXPECT_EQ(found->size(), 1U);
    auto runner =
        std::make_shared<TaskRunner>(found->front().first, found->front().second, context_);
    runner->Recover();
    return runner;
  }
  void AckLast(bool refused = false) {
    v1::ReportAck ack;
    ack.set_sequence(reports_.back().sequence());
    ack.set_refused(refused);
    reporter_.OnAck(ack);
    executor_.RunUntilIdle();
  }
  // The server takes the whole log.
  void AckLog(TaskRunner& runner) {
    v1::LogAck ack;
    ack.set_offset(0);
    runner.OnLogAck(ack);
    executor_.RunUntilIdle();
  }

  ScratchFolder scratch_;
  FakeClock clock_;
  FakeExecutor executor_{clock_};
  FakeDriver driver_;
  AttemptStore store_{scratch_ / "attempts"};
  std::vector<v1::TaskReport> reports_;
  StatusReporter reporter_{
      [this](const v1::AgentMessage& message) { reports_.push_back(message.report()); }};
  std::string states_;
  std::shared_ptr<TaskRunner> runner_;
  TaskRunner::Context context_{driver_,
                               reporter_,
                               store_,
                               executor_,
                               clock_,
                               "n",
                               1000,
                               [](const v1::AgentMessage&) { return true; },
                               [] { return MonotonicTime(); },
                               [this](const v1::AttemptRef&) {
                                 if (runner_)
                                   states_ += std::string(StateName(runner_->state())) + " ";
                               }};
  std::string folder_;
};

TEST_F(TaskRunnerTest, LivesItsWholeLife) {
  runner_ = Accept();
  runner_->BeginLog();
  runner_->Start(AssignmentOf("u"));
  driver_.BeginOnly();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(reports_[0].started().pid(), 77);
  EXPECT_EQ(reports_[0].started().time_unix_ns(), 5);
  AckLast();
  TaskExit exit = Completed("out");
  exit.execution_time = std::chrono::milliseconds(1234);
  driver_.EndOnly(exit);
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(reports_[1].finished().reason(), "Completed");
  EXPECT_EQ(reports_[1].finished().result(), "out");
  EXPECT_FALSE(reports_[1].finished().has_usage());
  EXPECT_EQ(reports_[1].finished().execution_time_ms(), 1234);
  AckLast();
  EXPECT_TRUE(FileExists(folder_));
  AckLog(*runner_);
  EXPECT_EQ(states_, "starting running exited reported gone ");
  EXPECT_FALSE(FileExists(folder_));
}

TEST_F(TaskRunnerTest, FailureToStartIsReportedAndSurvivesARestart) {
  driver_.start_error = BadRequest("no such shell");
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  EXPECT_EQ(runner_->state(), State::kExited);
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(reports_[0].finished().reason(), "StartFailed");
  EXPECT_EQ(reports_[0].finished().message(), "no such shell");
  runner_ = Reload();
  EXPECT_EQ(reports_.back().finished().message(), "no such shell");
  EXPECT_EQ(driver_.tasks.size(), 0U);
}

TEST_F(TaskRunnerTest, AcknowledgedStartIsNotReportedAfterARestart) {
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  driver_.BeginOnly();
  AckLast();
  runner_ = Reload();
  driver_.BeginOnly();
  EXPECT_EQ(runner_->state(), State::kRunning);
  EXPECT_EQ(reports_.size(), 1U);
}

TEST_F(TaskRunnerTest, UnacknowledgedEndIsReportedAfterARestartAndAnAcknowledgedOneIsNot) {
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  driver_.EndOnly(Completed(""));
  runner_ = Reload();
  driver_.EndOnly(Completed(""));
  EXPECT_EQ(reports_.size(), 2U);
  AckLast();
  EXPECT_EQ(runner_->state(), State::kReported);
  runner_ = Reload();
  EXPECT_EQ(runner_->state(), State::kReported);
  EXPECT_EQ(driver_.Only().recoveries, 1);
  EXPECT_EQ(reports_.size(), 2U);
  // Its log is what keeps it.
  runner_->OnConnected();
  AckLog(*runner_);
  EXPECT_EQ(runner_->state(), State::kGone);
}

TEST_F(TaskRunnerTest, RecoveryThatFailsIsALoss) {
  runner_ = Accept();
  driver_.recover_error = Internal("unreadable");
  runner_ = Reload();
  EXPECT_EQ(reports_.back().finished().reason(), "Lost");
}

TEST_F(TaskRunnerTest, StopIsPassedOnOnce) {
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  driver_.BeginOnly();
  runner_->Stop(std::chrono::seconds(5), kCancelled, "why");
  EXPECT_EQ(runner_->state(), State::kStopping);
  EXPECT_EQ(driver_.Only().stopped->reason, "Cancelled");
  EXPECT_EQ(driver_.Only().stopped->message, "why");
  EXPECT_EQ(driver_.Only().stopped->grace, std::chrono::seconds(5));
  driver_.EndOnly(Completed(""));
  driver_.Only().stopped.reset();
  runner_->Stop(std::chrono::seconds(5), kCancelled, "again");
  EXPECT_FALSE(driver_.Only().stopped.has_value());
}

TEST_F(TaskRunnerTest, StopBeforeTheStartNeverRuns) {
  runner_ = Accept();
  runner_->Stop(std::chrono::seconds(5), kCancelled, "deleted");
  EXPECT_EQ(reports_.back().finished().reason(), "Cancelled");
  runner_->Start(AssignmentOf("u"));
  EXPECT_TRUE(driver_.tasks.empty());
}

TEST_F(TaskRunnerTest, RefusedStartStopsAndForgets) {
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  driver_.BeginOnly();
  AckLast(true);
  EXPECT_EQ(runner_->state(), State::kStopping);
  EXPECT_FALSE(runner_->unfinished());
  driver_.EndOnly(Completed(""));
  EXPECT_EQ(runner_->state(), State::kGone);
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_FALSE(FileExists(folder_));
}

TEST_F(TaskRunnerTest, RefusedEndForgets) {
  runner_ = Accept();
  runner_->Start(AssignmentOf("u"));
  driver_.EndOnly(Completed(""));
  AckLast(true);
  EXPECT_EQ(runner_->state(), State::kGone);
  EXPECT_FALSE(FileExists(folder_));
}

}  // namespace
}  // namespace noizy::nodeagent
