#include "nodeagent/drivers/supervisor.h"

#include <fcntl.h>

#include <csignal>

#include "machinery/os/cgroup.h"
#include "machinery/os/fd.h"
#include "nodeagent/drivers/process_task.h"
#include "nodeagent/drivers/task_state.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupervisorTest : public TaskKinds {};
INSTANTIATE_TEST_SUITE_P(Kinds, SupervisorTest, testing::Bool(), TaskKinds::Name);

TEST_P(SupervisorTest, TellsExitCodesFromSignals) {
  const TaskExit success = TaskBench().Finish(ShellTask("echo hello"));
  EXPECT_EQ(success.reason, kCompleted);
  EXPECT_EQ(success.result, "hello\n");
  const TaskExit code = TaskBench().Finish(ShellTask("exit 42"));
  EXPECT_EQ(code.reason, kError);
  EXPECT_EQ(code.exit_code, 42);
  EXPECT_EQ(code.signal, 0);
  EXPECT_EQ(code.message, "");
  const TaskExit signal = TaskBench().Finish(ShellTask("kill -SEGV $$"));
  EXPECT_EQ(signal.reason, kError);
  EXPECT_EQ(signal.signal, SIGSEGV);
  EXPECT_EQ(signal.message, "it was killed by SIGSEGV");
}

TEST_P(SupervisorTest, ReportsStartAndTimes) {
  TaskBench bench;
  const WallTime before = RealClock::Instance().Now();
  const TaskExit exit = bench.Finish(ShellTask("echo $$; exec sleep 0.05"));
  const auto start = bench.witness.AwaitStart();
  ASSERT_TRUE(start.has_value());
  // A confined task is in a PID namespace, and the process reported its first one.
  EXPECT_EQ(confined() ? "2\n" : std::to_string(start->pid) + "\n", exit.result);
  EXPECT_GE(start->time, before);
  EXPECT_GE(exit.time, start->time);
  EXPECT_GE(exit.execution_time, milliseconds(50));
  EXPECT_LT(exit.execution_time, seconds(60));
}

TEST_P(SupervisorTest, AProgramOfNoizysOwnIsHeardAtOnceAndTellsHowItFared) {
  TaskBench bench;
  bench.own_program = true;
  ASSERT_TRUE(bench.Start(ShellTask("printf wor; exec sleep 600")).ok());
  // Before there is a line, or an end.
  EXPECT_TRUE(bench.AwaitLog("stdout P wor"));
  ASSERT_TRUE(WriteTaskOutcome(bench.folder(), {"Unreachable", "gone", ModelUsage{1, 2, 3}}).ok());
  ASSERT_TRUE(bench.Stop(seconds(60)).ok());
  const TaskExit stopped = bench.witness.AwaitExit().value_or(TaskExit{});
  EXPECT_EQ(stopped.reason, kCancelled) << "whoever stops it says why";
  EXPECT_EQ(stopped.usage, (ModelUsage{1, 2, 3}));

  const std::string outcome =
      R"({"reason": "Unreachable", "message": "gone", "usage": {"completionTokens": 2}})";
  const v1::Assignment fails = ShellTask("echo '" + outcome + "' > ../outcome.json; exit 75");
  TaskBench own;
  own.own_program = true;
  const TaskExit told = own.Finish(fails);
  EXPECT_EQ(told.reason, "Unreachable");
  EXPECT_EQ(told.message, "gone");
  EXPECT_EQ(told.usage, (ModelUsage{0, 2, 0}));
  // Of a program of the user's it is a file like any other.
  const TaskExit foreign = TaskBench().Finish(fails);
  EXPECT_EQ(foreign.reason, kError);
  EXPECT_FALSE(foreign.usage);
}

TEST_P(SupervisorTest, SaysWhyATaskCannotStart) {
  v1::Assignment task = ShellTask("true");
  task.mutable_exec()->set_working_dir("/no/such/folder");
  const TaskExit folder = TaskBench().Finish(task);
  EXPECT_EQ(folder.reason, kStartFailed);
  EXPECT_EQ(folder.message,
            "cannot enter the working folder \"/no/such/folder\": No such file or directory");
  task = ShellTask("true");
  task.mutable_exec()->set_command(0, "no-such-program");
  TaskBench bench;
  const TaskExit program = bench.Finish(task);
  EXPECT_EQ(program.reason, kStartFailed);
  EXPECT_EQ(program.message, "executable \"no-such-program\" is not in PATH");
}

TEST_P(SupervisorTest, LeavesNoCgroupBehind) {
  for (const char* program : {"sh", "no-such-program"}) {
    TaskBench bench;
    v1::Assignment task = ShellTask("true");
    task.mutable_exec()->set_command(0, program);
    (void)bench.Finish(task);
    const auto traces = ReadTaskTraces(bench.folder());
    ASSERT_TRUE(traces.ok());
    for (const auto& [hierarchy, folder] : traces->cgroup)
      EXPECT_FALSE(FileExists(folder)) << hierarchy;
  }
}

TEST_P(SupervisorTest, TimesOutWithTermAndThenKill) {
  v1::Assignment task =
      ShellTask("trap 'echo term' TERM; echo ready; while :; do sleep 600 & wait; done");
  task.set_timeout_ms(1000);
  task.set_grace_period_ms(200);
  const TaskExit exit = TaskBench().Finish(task);
  EXPECT_EQ(exit.reason, kTimedOut);
  EXPECT_EQ(exit.message, "it ran longer than 1 s");
  EXPECT_EQ(exit.signal, SIGKILL);
  EXPECT_EQ(exit.result, "ready\nterm\n");
  EXPECT_GE(exit.execution_time, milliseconds(1200));
}

TEST_P(SupervisorTest, TimedOutTaskMayEndWithinItsGrace) {
  v1::Assignment task = ShellTask("trap 'exit 3' TERM; sleep 600 & wait");
  task.set_timeout_ms(1000);
  const TaskExit exit = TaskBench().Finish(task);
  EXPECT_EQ(exit.reason, kTimedOut);
  EXPECT_EQ(exit.exit_code, 3);
  EXPECT_EQ(exit.signal, 0);
}

v1::Assignment AskedTask(const std::string& command, const std::string& question) {
  v1::Assignment task = ShellTask(command);
  for (const std::string& word : {std::string("sh"), std::string("-c"), question})
    task.mutable_liveness()->add_command(word);
  task.mutable_liveness()->set_period_ms(50);
  task.mutable_liveness()->set_timeout_ms(10'000);
  task.mutable_liveness()->set_failure_threshold(2);
  return task;
}

TEST_P(SupervisorTest, ATaskThatIsNotAliveIsStopped) {
  // The command runs in the task's folder with its environment: it sees what the task does.
  v1::Assignment task = AskedTask(
      "touch alive; trap 'exit 0' TERM; sleep 0.3; rm alive; while :; do sleep 0.05; done",
      "test -n \"$NOIZY_TASK_UID\" && test -f alive");
  task.mutable_liveness()->set_initial_delay_ms(100);
  const TaskExit exit = TaskBench().Finish(task);
  EXPECT_EQ(exit.reason, kUnhealthy);
  EXPECT_EQ(exit.message, "its liveness command failed 2 times in a row, last: exit code 1");
  EXPECT_EQ(exit.exit_code, 0) << "it ended as it was asked to";
  EXPECT_GE(exit.execution_time, milliseconds(300));
}

TEST_P(SupervisorTest, AnAnswerThatDoesNotComeIsAFailure) {
  v1::Assignment task = AskedTask("exec sleep 600", "sleep 600");
  task.mutable_liveness()->set_timeout_ms(50);
  const TaskExit exit = TaskBench().Finish(task);
  EXPECT_EQ(exit.reason, kUnhealthy);
  EXPECT_EQ(exit.message,
            "its liveness command failed 2 times in a row, last: it ran longer than 0.05 s");
}

TEST_P(SupervisorTest, AQuestionThatCannotBeAskedIsAFailure) {
  v1::Assignment task = AskedTask("exec sleep 600", "");
  task.mutable_liveness()->clear_command();
  task.mutable_liveness()->add_command("no-such-program");
  task.mutable_liveness()->set_failure_threshold(1);
  EXPECT_EQ(
      TaskBench().Finish(task).message,
      "its liveness command failed once, last: executable \"no-such-program\" is not in PATH");
}

TEST_P(SupervisorTest, WhoAnswersMayRunToTheEnd) {
  const TaskExit exit = TaskBench().Finish(AskedTask("sleep 0.3; echo done", "true"));
  EXPECT_EQ(exit.reason, kCompleted);
  EXPECT_EQ(exit.result, "done\n");
}

TEST_P(SupervisorTest, StopsOnRequestWithItsReason) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("exec sleep 600")).ok());
  ASSERT_TRUE(bench.witness.AwaitStart().has_value());
  ASSERT_TRUE(bench.Stop(seconds(30)).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kCancelled);
  EXPECT_EQ(exit->message, "asked to");
  EXPECT_EQ(exit->signal, SIGTERM);
}

TEST_P(SupervisorTest, StopRightAfterTheStartIsNotLost) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("exec sleep 600")).ok());
  ASSERT_TRUE(bench.Stop(seconds(30)).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kCancelled);
}

TEST_P(SupervisorTest, SecondStopShortensTheGrace) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("trap '' TERM; echo deaf; while :; do sleep 600; done")).ok());
  ASSERT_TRUE(bench.AwaitLog("deaf"));
  ASSERT_TRUE(bench.Stop(std::chrono::hours(1)).ok());
  ASSERT_TRUE(bench.Stop(milliseconds(10)).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, SIGKILL);
}

// What a task leaves behind goes with it, also what left its session and its process group.
TEST_P(SupervisorTest, KillsDoubleForkedGrandchildren) {
  TaskBench bench;
  const TaskExit exit =
      bench.Finish(ShellTask("setsid sh -c 'sleep 601 & setsid sleep 602 & echo forked' "
                             "</dev/null; (sleep 603 &); exit 0"));
  EXPECT_EQ(exit.reason, kCompleted);
  EXPECT_EQ(exit.result, "forked\n");
  const std::string mark = "NOIZY_PAYLOAD_FILE=" + bench.folder() + "/payload";
  EXPECT_TRUE(FindProcessesByEnvironment({mark}).empty());
}

TEST_P(SupervisorTest, PayloadComesOnStdinAndAsAFile) {
  v1::Assignment task = ShellTask("cat; cat \"$NOIZY_PAYLOAD_FILE\"");
  task.set_payload(std::string("a\0b\n", 4));
  EXPECT_EQ(TaskBench().Finish(task).result, std::string("a\0b\na\0b\n", 8));
  EXPECT_EQ(TaskBench().Finish(ShellTask("wc -c")).result, "0\n");
}

TEST_P(SupervisorTest, CapsTheLogAndKeepsTheResultsTail) {
  TaskBench bench;
  bench.log_cap_bytes = 100'000;
  const TaskExit exit = bench.Finish(
      ShellTask("i=0; while [ $i -lt 300 ]; do printf '%01000d\\n' $i; i=$((i+1)); done"));
  EXPECT_EQ(exit.reason, kCompleted);
  EXPECT_LE(exit.result.size(), kMaxResultBytes);
  EXPECT_TRUE(exit.result.ends_with("0299\n"));
  const std::string log = bench.File("output.log");
  EXPECT_LT(log.size(), 100'200U);
  EXPECT_TRUE(log.ends_with("[noizy: the output beyond 100000 bytes is not kept]\n"))
      << log.substr(log.size() - 200);
}

TEST_P(SupervisorTest, EndsThoughAStrangerHoldsItsOutput) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("exec sleep 600")).ok());
  const std::string pid = std::to_string(bench.witness.AwaitStart()->pid);
  // As one who was handed the descriptor and is no descendant of the task.
  const UniqueFd held(::open(("/proc/" + pid + "/fd/1").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(held);
  ASSERT_TRUE(bench.Stop(seconds(30)).ok());
  EXPECT_TRUE(bench.witness.AwaitExit().has_value());
}

TEST_P(SupervisorTest, NoticesAnOutOfMemoryKill) {
  if (!Cgroup::Probe().memory_limit) return;
  v1::Assignment task = ShellTask("exec dd if=/dev/zero of=/dev/null bs=100M count=1");
  task.mutable_limits()->set_memory_bytes(32 << 20);
  const TaskExit exit = TaskBench().Finish(task);
  EXPECT_EQ(exit.reason, kOutOfMemory);
  EXPECT_EQ(exit.message, "it was killed at its memory limit");
}

// Its first process dies with it, and the driver kills the rest.
TEST_P(SupervisorTest, KilledSupervisorLeavesNothingBehind) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("setsid sleep 601 & exec sleep 602")).ok());
  ASSERT_TRUE(bench.witness.AwaitStart().has_value());
  const auto state = ReadTaskState(bench.folder());
  ASSERT_TRUE(state.ok());
  ASSERT_TRUE(Process::Open(state->supervisor)->Signal(SIGKILL).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kLost);
  EXPECT_EQ(exit->message, "its supervisor was killed");
  const std::string mark = "NOIZY_PAYLOAD_FILE=" + bench.folder() + "/payload";
  // The first process may still be dying of its parent's death.
  for (int i = 0; i < 1000 && !FindProcessesByEnvironment({mark}).empty(); ++i) {
    AwaitReadable({}, milliseconds(5));
  }
  EXPECT_TRUE(FindProcessesByEnvironment({mark}).empty());
}

TEST_P(SupervisorTest, SigtermFromTheMachineIsNoFaultOfTheTask) {
  TaskBench bench;
  ASSERT_TRUE(bench.Start(ShellTask("exec sleep 600")).ok());
  ASSERT_TRUE(bench.witness.AwaitStart().has_value());
  ASSERT_TRUE(Process::Open(ReadTaskState(bench.folder())->supervisor)->Signal(SIGTERM).ok());
  const auto exit = bench.witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kLost);
  EXPECT_EQ(exit->signal, SIGTERM);
}

// Tasks that run by a lease.
class LeasedTaskTest : public TaskKinds {
 protected:
  void SetUp() override {
    if (!CanMakePidNamespace()) GTEST_SKIP() << "this machine allows no PID namespaces";
    TaskKinds::SetUp();
    bench_.emplace();
  }
  Status Start(const std::string& command, Duration lease) {
    bench_->lease_until = RealClock::Instance().Monotonic() + lease;
    return bench_->Start(ShellTask(command));
  }
  Process Supervisor() const { return *Process::Open(ReadTaskState(bench_->folder())->supervisor); }
  // Its processes die with the supervisor, but in their own time.
  bool AwaitNoProcess() const {
    const std::string mark = "NOIZY_PAYLOAD_FILE=" + bench_->folder() + "/payload";
    for (int i = 0; i < 1000 && !FindProcessesByEnvironment({mark}).empty(); ++i) {
      AwaitReadable({}, milliseconds(5));
    }
    return FindProcessesByEnvironment({mark}).empty();
  }
  std::optional<TaskBench> bench_;  // made once it is known who its tasks run as
};

INSTANTIATE_TEST_SUITE_P(Kinds, LeasedTaskTest, testing::Bool(), TaskKinds::Name);

TEST_P(LeasedTaskTest, EndsAsOthersDo) {
  ASSERT_TRUE(Start("echo said; exit 7", std::chrono::minutes(10)).ok());
  const auto exit = bench_->witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kError);
  EXPECT_EQ(exit->exit_code, 7);
  EXPECT_EQ(exit->result, "said\n");
}

TEST_P(LeasedTaskTest, StopsAsOthersDo) {
  ASSERT_TRUE(Start("exec sleep 600", std::chrono::minutes(10)).ok());
  ASSERT_TRUE(bench_->witness.AwaitStart().has_value());
  ASSERT_TRUE(bench_->Stop(std::chrono::seconds(30)).ok());
  EXPECT_EQ(bench_->witness.AwaitExit().value_or(TaskExit{}).signal, SIGTERM);
}

TEST_P(LeasedTaskTest, IsKilledByTheKernelWhenItsLeaseEnds) {
  // Nobody can act any more: the task detached itself, its supervisor stands still.
  ASSERT_TRUE(Start("setsid sleep 601 & echo up; exec sleep 602", std::chrono::seconds(1)).ok());
  ASSERT_TRUE(bench_->AwaitLog("up"));
  ASSERT_TRUE(Supervisor().Signal(SIGSTOP).ok());
  const auto exit = bench_->witness.AwaitExit();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->reason, kLost);
  EXPECT_NE(exit->message.find("lease ended"), std::string::npos) << exit->message;
  EXPECT_TRUE(AwaitNoProcess());
}

TEST_P(LeasedTaskTest, RunsOnWhileItIsRenewed) {
  ASSERT_TRUE(Start("echo up; sleep 3; echo still", std::chrono::seconds(3)).ok());
  ASSERT_TRUE(bench_->AwaitLog("up"));
  ASSERT_TRUE(bench_->Renew(std::chrono::minutes(1)).ok());
  EXPECT_EQ(bench_->witness.AwaitExit().value_or(TaskExit{}).reason, kCompleted);
  EXPECT_NE(bench_->File("output.log").find("still"), std::string::npos);
}

// Whether a task that ticks, and whose lease was left to run down until it was frozen, ticked again
// after a renewal. False when this machine was too busy to renew in time, and it was killed.
bool TicksAgainAfterAFreeze() {
  TaskBench bench;
  bench.lease_until = RealClock::Instance().Monotonic() + std::chrono::seconds(4);
  EXPECT_TRUE(bench.Start(ShellTask("while :; do echo tick; sleep 0.01; done")).ok());
  EXPECT_TRUE(bench.AwaitLog("tick"));
  const auto log_size = [&] { return bench.File("output.log").size(); };
  // Frozen, it says nothing more.
  std::size_t before = 0;
  while (before != log_size()) {
    before = log_size();
    AwaitReadable({}, milliseconds(100));
  }
  EXPECT_TRUE(bench.Renew(std::chrono::minutes(10)).ok());
  const auto ended_or_ticked = [&] { return bench.witness.exits() > 0 || log_size() > before; };
  EXPECT_TRUE(bench.witness.AwaitOutput(ended_or_ticked));
  if (bench.witness.exits() > 0) return false;
  EXPECT_TRUE(bench.Stop(Duration::zero()).ok());
  EXPECT_EQ(bench.witness.AwaitExit().value_or(TaskExit{}).reason, kCancelled);
  return true;
}

TEST_P(LeasedTaskTest, IsFrozenBeforeTheEndAndThawedByARenewalInTime) {
  int tries = 0;
  while (!TicksAgainAfterAFreeze()) ASSERT_LT(++tries, 10);
}

TEST_P(LeasedTaskTest, NeverStartsOnceItsLeaseHasEnded) {
  ASSERT_TRUE(Start("touch " + bench_->folder() + "/ran", -milliseconds(1)).ok());
  EXPECT_EQ(bench_->witness.AwaitExit().value_or(TaskExit{}).reason, kLost);
  EXPECT_FALSE(FileExists(bench_->folder() + "/ran"));
}

TEST(SupervisorUsageTest, WrongUsageIsRefused) {
  char command[] = "task-supervisor";
  char* arguments[] = {command, nullptr};
  EXPECT_EQ(RunSupervisor(1, arguments), 2);
}

}  // namespace
}  // namespace noizy::nodeagent

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == noizy::nodeagent::kSupervisorCommand) {
    return noizy::nodeagent::RunSupervisor(argc - 1, argv + 1);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
