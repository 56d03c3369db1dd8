// The agent with real tasks: real processes under real supervisors, a control plane in memory.
#include <csignal>
#include <sstream>

#include "machinery/os/host.h"
#include "nodeagent/agent.h"
#include "nodeagent/drivers/process_driver.h"
#include "nodeagent/drivers/supervisor.h"
#include "nodeagent/drivers/task_state.h"
#include "nodeagent/fingerprint.h"
#include "nodeagent/program.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"
#include "tests/unit/nodeagent/fake_control_plane.h"

namespace noizy::nodeagent {
namespace {

class AgentTasksTest : public testing::Test {
 protected:
  ~AgentTasksTest() override { StopAgent(); }

  // As a new process would: only the folder and the tasks outlive it.
  void StartAgent() {
    executor_ = std::make_unique<ThreadExecutor>();
    ProcessDriverOptions driver;
    driver.supervisor_command = TestSupervisorCommand();
    driver_ = std::make_unique<ProcessDriver>(driver, *executor_, RealClock::Instance());
    AgentOptions options;
    options.node_name = "n";
    options.data_dir = scratch_.path();
    options.facts = [](const DriverFingerprint& fingerprint) {
      return MakeNodeFacts(ReadHostFacts(), {}, {}, fingerprint.capabilities, "test");
    };
    options.usage = [](std::size_t running) { return MakeUsage({}, {}, {}, running); };
    const Status started = RunOn(*executor_, [&] {
      agent_ = std::make_unique<Agent>(options, plane_, *driver_, *executor_, RealClock::Instance(),
                                       random_);
      return agent_->Start();
    });
    ASSERT_TRUE(started.ok()) << started.ToString();
  }
  void StopAgent() {
    if (!executor_) return;
    RunOn(*executor_, [&] { return (agent_.reset(), true); });
    executor_->Stop();
    driver_.reset();
    executor_.reset();
  }
  bool AwaitConnected(int session) {
    return plane_->Await(
        [&] { return plane_->heartbeats().size() > 0 && plane_->sessions() >= session; });
  }
  bool AwaitEnd(const std::string& uid, std::int64_t attempt = 1) {
    return plane_->Await(
        [&] { return !plane_->Ends(uid, attempt).empty() && plane_->LogEnded(uid, attempt); });
  }
  bool AwaitLog(const std::string& uid, const std::string& words) {
    return plane_->Await([&] { return plane_->Log(uid).find(words) != std::string::npos; });
  }
  static v1::Assignment Task(const std::string& uid, const std::string& command) {
    v1::Assignment assignment = ShellTask(command);
    assignment.mutable_ref()->set_uid(uid);
    return assignment;
  }
  // The contents of a CRI log's lines.
  static std::string Contents(const std::string& log) {
    std::istringstream lines(log);
    std::string contents;
    for (std::string line; std::getline(lines, line);)
      contents += line.substr(std::min<std::size_t>(40, line.size())) + "\n";
    return contents;
  }

  ScratchFolder scratch_;
  SeededRandom random_{3};
  std::shared_ptr<FakeControlPlane> plane_ = std::make_shared<FakeControlPlane>();
  std::unique_ptr<ThreadExecutor> executor_;
  std::unique_ptr<ProcessDriver> driver_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(AgentTasksTest, RunsATaskAndTellsItAll) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  v1::Assignment task =
      Task("one", "cat; echo \"$NOIZY_ATTEMPT $NOIZY_TASK_UID $NOIZY_NODE_NAME\" >&2; exit 3");
  task.set_payload("payload\n");
  plane_->Assign(task);
  ASSERT_TRUE(AwaitEnd("one"));
  const v1::Finished end = plane_->Ends("one").at(0);
  EXPECT_EQ(end.reason(), "Error");
  EXPECT_EQ(end.exit_code(), 3);
  EXPECT_EQ(end.result(), "payload\n");
  const std::string log = plane_->Log("one");
  EXPECT_NE(log.find(" stdout F payload\n"), std::string::npos) << log;
  EXPECT_NE(log.find(" stderr F 1 one n\n"), std::string::npos) << log;
  EXPECT_GT(plane_->reports().at(0).started().pid(), 0);
}

TEST_F(AgentTasksTest, SaysWhyATaskCannotStart) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  v1::Assignment task = Task("lost", "true");
  task.mutable_exec()->set_working_dir("/no/such");
  plane_->Assign(task);
  ASSERT_TRUE(AwaitEnd("lost"));
  EXPECT_EQ(plane_->Ends("lost").at(0).reason(), "StartFailed");
  EXPECT_NE(plane_->Ends("lost").at(0).message().find("/no/such"), std::string::npos);
}

TEST_F(AgentTasksTest, LogFollowsWhileTheTaskRuns) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  plane_->Assign(Task("talks", "trap 'echo bye; exit 0' TERM; echo first; sleep 600 & wait"));
  ASSERT_TRUE(AwaitLog("talks", "first"));
  plane_->Cancel(Task("talks", "").ref(), "Deleted");
  ASSERT_TRUE(AwaitEnd("talks"));
  EXPECT_EQ(plane_->Ends("talks").at(0).reason(), "Cancelled");
  EXPECT_EQ(Contents(plane_->Log("talks")), "first\nbye\n");
}

TEST_F(AgentTasksTest, TaskOutlivesTheAgentAndItsEndIsToldOnce) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  plane_->Assign(Task("stays", "trap 'echo after; exit 9' TERM; echo before; sleep 600 & wait"));
  ASSERT_TRUE(AwaitLog("stays", "before"));
  StopAgent();
  StartAgent();
  ASSERT_TRUE(plane_->Await([&] { return plane_->hellos().size() == 2; }));
  EXPECT_EQ(plane_->hellos().at(1).running(0).uid(), "stays");
  plane_->Cancel(Task("stays", "").ref(), "Deleted");
  ASSERT_TRUE(AwaitEnd("stays"));
  EXPECT_EQ(plane_->Ends("stays").size(), 1U);
  EXPECT_EQ(plane_->Ends("stays").at(0).exit_code(), 9);
  EXPECT_EQ(Contents(plane_->Log("stays")), "before\nafter\n");
  int starts = 0;
  for (const v1::TaskReport& report : plane_->reports()) starts += report.has_started() ? 1 : 0;
  EXPECT_EQ(starts, 1);
}

TEST_F(AgentTasksTest, EndWhileTheAgentIsAwayIsTold) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  plane_->Assign(Task("ends", "echo on; read x; echo off"));
  ASSERT_TRUE(AwaitLog("ends", "on"));
  StopAgent();
  StartAgent();
  ASSERT_TRUE(AwaitEnd("ends"));
  EXPECT_EQ(plane_->Ends("ends").at(0).result(), "on\noff\n");
  EXPECT_EQ(plane_->Ends("ends").at(0).reason(), "Completed");
}

TEST_F(AgentTasksTest, HugeOutputArrivesWhole) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  plane_->Assign(Task("loud", "head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 99"));
  ASSERT_TRUE(AwaitEnd("loud"));
  const std::string contents = Contents(plane_->Log("loud"));
  EXPECT_EQ(contents.size(), 3'000'000U + 30'304U);
  EXPECT_EQ(plane_->Ends("loud").at(0).result().size(), kMaxResultBytes);
}

TEST_F(AgentTasksTest, KilledSupervisorIsALossAndLeavesNothing) {
  StartAgent();
  ASSERT_TRUE(AwaitConnected(1));
  plane_->Assign(Task("orphan", "echo up; setsid sleep 601 & exec sleep 602"));
  ASSERT_TRUE(AwaitLog("orphan", "up"));
  const auto state = ReadTaskState(scratch_ / "attempts/orphan-1");
  ASSERT_TRUE(state.ok());
  ASSERT_TRUE(Process::Open(state->supervisor)->Signal(SIGKILL).ok());
  ASSERT_TRUE(AwaitEnd("orphan"));
  EXPECT_EQ(plane_->Ends("orphan").at(0).reason(), "Lost");
}

}  // namespace
}  // namespace noizy::nodeagent

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == noizy::nodeagent::kSupervisorCommand) {
    return noizy::nodeagent::RunSupervisor(argc - 1, argv + 1);
  }
  if (argc > 2 && argv[1] == std::string_view("run-agent")) {
    noizy::nodeagent::AgentProgramOptions options;
    options.data_dir = argv[2];
    return noizy::nodeagent::RunAgent(options).ok() ? 0 : 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
