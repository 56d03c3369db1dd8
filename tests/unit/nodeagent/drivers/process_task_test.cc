#include "nodeagent/drivers/process_task.h"

#include <csignal>

#include "nodeagent/drivers/task_state.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

using std::chrono::seconds;

class RecoveredTaskTest : public TaskKinds {};
INSTANTIATE_TEST_SUITE_P(Kinds, RecoveredTaskTest, testing::Bool(), TaskKinds::Name);

TEST_P(RecoveredTaskTest, FoundAgainWhileItRuns) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("trap 'exit 5' TERM; echo ready; sleep 600 & wait")).ok());
  ASSERT_TRUE(bench.AwaitLog("ready"));
  const auto first = bench.witness.AwaitStart();
  bench.Drop();
  ASSERT_TRUE(bench.Recover().ok());
  ASSERT_TRUE(bench.Stop(seconds(30)).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kCancelled);
  EXPECT_EQ(exit->exit_code, 5);
  EXPECT_EQ(bench.witness.AwaitStart()->pid, first->pid);
  EXPECT_EQ(bench.witness.exits(), 1);
}

TEST_P(RecoveredTaskTest, EndWhileNobodyWatchedIsToldAfterwards) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("read x < go; echo over")).ok());
  ASSERT_TRUE(bench.witness.AwaitStart().has_value());
  const auto supervisor = Process::Open(ReadTaskState(bench.folder())->supervisor);
  bench.Drop();
  // There is no file "go", so it has ended or is about to.
  ASSERT_TRUE(AwaitReadable(std::array{supervisor->exit_fd()}, seconds(60))[0]);
  ASSERT_TRUE(bench.Recover().ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kCompleted);
  EXPECT_EQ(exit->result, "over\n");
}

// The folder of a supervisor that never ran, or that died unseen.
TEST(ProcessTaskTest, FolderWithoutASupervisorIsLost) {
  TaskBench bench;
  ASSERT_TRUE(bench.Recover().ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kLost);
  EXPECT_EQ(exit->message, "the agent ended before it was started");
  EXPECT_FALSE(ReadTaskState(bench.folder())->start.has_value());
}

TEST(ProcessTaskTest, RestartOfTheMachineIsTold) {
  TaskBench bench;
  ASSERT_TRUE(WriteTaskTraces(bench.folder(), {{}, {"A=b"}, "another-boot"}).ok());
  TaskState state;
  state.phase = TaskPhase::kRunning;
  state.supervisor = {1, 1, "another-boot"};
  state.start = TaskStart{1, RealClock::Instance().Now()};
  ASSERT_TRUE(WriteTaskState(bench.folder(), state).ok());
  ASSERT_TRUE(bench.Recover().ok());
  EXPECT_EQ(bench.witness.AwaitExit()->message, "the machine restarted while it ran");
}

// A state file whose pid another process has by now: it is neither watched nor signalled.
TEST(ProcessTaskTest, RecycledPidIsLeftAlone) {
  TaskBench bench;
  ProcessSpec spec;
  spec.argv = {"/bin/sleep", "600"};
  const auto stranger = Process::Spawn(spec);
  ASSERT_TRUE(stranger.ok());
  TaskState state;
  state.phase = TaskPhase::kRunning;
  state.supervisor = stranger->identity();
  state.supervisor.start_ticks -= 1;
  state.start = TaskStart{stranger->pid(), RealClock::Instance().Now()};
  ASSERT_TRUE(WriteTaskState(bench.folder(), state).ok());
  ASSERT_TRUE(WriteTaskTraces(bench.folder(), {{}, {"NO=SUCH"}, BootId()}).ok());
  ASSERT_TRUE(bench.Recover().ok());
  ASSERT_TRUE(bench.Stop(seconds(0)).ok());
  EXPECT_EQ(bench.witness.AwaitExit()->reason, kLost);
  EXPECT_FALSE(stranger->TryWait()->has_value());
  EXPECT_TRUE(stranger->Signal(SIGKILL).ok());
  EXPECT_TRUE(AwaitReadable(std::array{stranger->exit_fd()}, seconds(30))[0]);
  EXPECT_TRUE(stranger->TryWait().ok());
}

TEST(ProcessTaskTest, TracesSurviveTheFile) {
  const ScratchFolder scratch;
  ASSERT_TRUE(WriteTaskTraces(scratch.path(), {{{"memory", "/m"}}, {"A=b", "C=d"}, "boot"}).ok());
  const auto traces = ReadTaskTraces(scratch.path());
  ASSERT_TRUE(traces.ok());
  EXPECT_EQ(traces->cgroup.at("memory"), "/m");
  EXPECT_EQ(traces->marks, (std::vector<std::string>{"A=b", "C=d"}));
  EXPECT_EQ(traces->boot_id, "boot");
  EXPECT_FALSE(ReadTaskTraces("/no/such").ok());
}

}  // namespace
}  // namespace noizy::nodeagent
