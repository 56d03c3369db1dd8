#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "machinery/os/process.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

ProcessSpec Shell(std::string script) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  spec.env = {"PATH=/usr/bin:/bin"};
  spec.pid_namespace = PidNamespace::kOwn;
  return spec;
}

// What was started holds a pipe open: its end is theirs.
class PidNamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!CanMakePidNamespace()) GTEST_SKIP() << "this machine allows no PID namespaces";
    auto pipe = MakePipe();
    ASSERT_TRUE(pipe.ok());
    pipe_ = *std::move(pipe);
  }
  Process Spawn(ProcessSpec spec) {
    spec.stdout_fd = pipe_.write.get();
    auto process = Process::Spawn(spec);
    EXPECT_TRUE(process.ok()) << process.status().ToString();
    pipe_.write.Reset();
    return *std::move(process);
  }
  std::string Read() {
    std::array<char, 256> buffer{};
    const ssize_t got = ::read(pipe_.read.get(), buffer.data(), buffer.size());
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  }
  static ExitStatus AwaitExit(const Process& process) {
    pollfd exit{process.exit_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&exit, 1, 30'000), 1);
    return process.TryWait().ValueOr({}).value_or(ExitStatus{});
  }
  Pipe pipe_;
};

TEST_F(PidNamespaceTest, TellsHowTheProgramEnded) {
  EXPECT_EQ(AwaitExit(Spawn(Shell("exit 42"))), (ExitStatus{42, 0}));
}

TEST_F(PidNamespaceTest, TellsTheSignalThatEndedTheProgram) {
  EXPECT_EQ(AwaitExit(Spawn(Shell("kill -USR1 $$"))), (ExitStatus{0, SIGUSR1}));
}

TEST_F(PidNamespaceTest, SaysWhyTheProgramCannotRun) {
  ProcessSpec spec = Shell("");
  spec.argv = {"no-such-program"};
  EXPECT_EQ(Process::Spawn(spec).status().reason(), StatusReason::kNotFound);
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(Process::Spawn(spec).status().reason(), StatusReason::kForbidden);
}

TEST_F(PidNamespaceTest, TheProgramIsNotTheFirstProcessAndSignalsReachIt) {
  const Process process =
      Spawn(Shell("trap 'echo asked; exit 3' TERM; echo $$; while :; do sleep 1 & wait; done"));
  EXPECT_EQ(Read(), "2\n");
  ASSERT_TRUE(process.SignalGroup(SIGTERM).ok());
  EXPECT_EQ(Read(), "asked\n");
  EXPECT_EQ(AwaitExit(process), (ExitStatus{3, 0}));
}

TEST_F(PidNamespaceTest, WhatDetachedItselfDiesWithTheInit) {
  const Process process = Spawn(Shell("setsid setsid sleep 1000 & echo up; wait"));
  EXPECT_EQ(Read(), "up\n");
  ASSERT_TRUE(process.Signal(SIGKILL).ok());
  EXPECT_EQ(AwaitExit(process), (ExitStatus{0, SIGKILL}));
  EXPECT_EQ(Read(), "");  // nobody holds it open any more
}

TEST_F(PidNamespaceTest, TheProgramsEndEndsAllOfIt) {
  const Process process = Spawn(Shell("setsid setsid sleep 1000 & echo up; exit 5"));
  EXPECT_EQ(AwaitExit(process), (ExitStatus{5, 0}));
  EXPECT_EQ(Read(), "up\n");
  EXPECT_EQ(Read(), "");
}

TEST_F(PidNamespaceTest, StopsAndGoesOn) {
  const Process process = Spawn(Shell("while :; do echo tick; done"));
  EXPECT_NE(Read(), "");
  ASSERT_TRUE(process.SignalGroup(SIGTSTP).ok());
  // Stopped, it leaves the pipe empty once it was drained.
  pollfd line{pipe_.read.get(), POLLIN, 0};
  while (::poll(&line, 1, 200) == 1) Read();
  ASSERT_TRUE(process.SignalGroup(SIGCONT).ok());
  EXPECT_EQ(::poll(&line, 1, 30'000), 1);
  ASSERT_TRUE(process.Signal(SIGKILL).ok());
  AwaitExit(process);
}

TEST_F(PidNamespaceTest, DiesWithItsCaller) {
  const pid_t caller = ::fork();
  if (caller == 0) {
    ProcessSpec spec = Shell("setsid sleep 1000 & echo up; wait");
    spec.stdout_fd = pipe_.write.get();
    const auto process = Process::Spawn(spec);
    ::poll(nullptr, 0, 60'000);
    ::_exit(0);
  }
  pipe_.write.Reset();
  EXPECT_EQ(Read(), "up\n");
  ::kill(caller, SIGKILL);
  EXPECT_EQ(Read(), "");
  ::waitpid(caller, nullptr, 0);
}

}  // namespace
}  // namespace noizy
