#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machinery/os/process.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

Process SpawnShell(std::string script, std::vector<std::string> env = {"PATH=/usr/bin:/bin"}) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  spec.env = std::move(env);
  auto process = Process::Spawn(spec);
  EXPECT_TRUE(process.ok()) << process.status().ToString();
  return *std::move(process);
}

bool Exited(const Process& process, int bound_ms) {
  pollfd exit{process.exit_fd(), POLLIN, 0};
  return ::poll(&exit, 1, bound_ms) == 1;
}

void KillAndReap(const Process& process) {
  EXPECT_TRUE(process.SignalGroup(SIGKILL).ok());
  ASSERT_TRUE(Exited(process, 30'000));
  EXPECT_TRUE(process.TryWait().ok());
}

TEST(ProcessIdentityTest, NamesThisProcessOnly) {
  const auto self = IdentifyProcess(::getpid());
  ASSERT_TRUE(self.ok());
  EXPECT_EQ(self->boot_id.size(), 36U);
  EXPECT_GT(self->start_ticks, 0U);
  EXPECT_TRUE(Process::Open(*self).ok());
}

// A recycled pid carries another start time or another boot: neither is taken for the process
// meant.
TEST(ProcessIdentityTest, RecycledPidIsAStranger) {
  const auto self = IdentifyProcess(::getpid());
  ProcessIdentity recycled = *self;
  recycled.start_ticks -= 1;
  EXPECT_EQ(Process::Open(recycled).status().reason(), StatusReason::kNotFound);
  ProcessIdentity other_boot = *self;
  other_boot.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(Process::Open(other_boot).status().reason(), StatusReason::kNotFound);
}

TEST(ProcessIdentityTest, EndedProcessIsGoneBeforeItIsReaped) {
  const Process child = SpawnShell("exit 0");
  ASSERT_TRUE(Exited(child, 30'000));
  EXPECT_EQ(Process::Open(child.identity()).status().reason(), StatusReason::kNotFound);
  EXPECT_TRUE(child.TryWait().ok());
}

TEST(ProcessTest, ExitIsToldOnceAndSignalsReachOnlyTheLiving) {
  const Process child = SpawnShell("read never");
  // stdin is /dev/null, so it ends by itself.
  ASSERT_TRUE(Exited(child, 30'000));
  EXPECT_TRUE(child.TryWait()->has_value());
  EXPECT_EQ(child.TryWait().status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(child.Signal(SIGTERM).reason(), StatusReason::kNotFound);
  EXPECT_EQ(child.SignalGroup(SIGTERM).reason(), StatusReason::kNotFound);
}

TEST(ProcessTest, RunningChildIsNotReaped) {
  const Process child = SpawnShell("sleep 600");
  EXPECT_FALSE(Exited(child, 0));
  EXPECT_FALSE(child.TryWait()->has_value());
  KillAndReap(child);
}

TEST(ProcessTest, OpenedHandleTellsOfTheEnd) {
  const Process child = SpawnShell("sleep 600");
  const auto again = Process::Open(child.identity());
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(Exited(*again, 0));
  ASSERT_TRUE(again->Signal(SIGTERM).ok());
  EXPECT_TRUE(Exited(*again, 30'000));
  EXPECT_EQ(child.TryWait().ValueOr({}), (ExitStatus{0, SIGTERM}));
}

TEST(ProcessTest, NamesSignals) {
  EXPECT_EQ(SignalName(SIGKILL), "SIGKILL");
  EXPECT_EQ(SignalName(SIGTERM), "SIGTERM");
  EXPECT_EQ(SignalName(4000), "signal 4000");
}

TEST(ProcessTest, StartsItselfAgainUnderAnotherName) {
  ProcessSpec spec;
  spec.argv = {"renamed", "--gtest_filter=NoSuchTest"};
  spec.executable = SelfExecutable();
  const auto process = Process::Spawn(spec);
  ASSERT_TRUE(process.ok()) << process.status().ToString();
  ASSERT_TRUE(Exited(*process, 30'000));
  EXPECT_EQ(process->TryWait().ValueOr({}), ExitStatus{});
}

TEST(ProcessTest, DiesWithItsParentWhenAsked) {
  // The middle process spawns a sleeper tied to its life, names it, and ends.
  auto pipe = MakePipe();
  const pid_t middle = ::fork();
  if (middle == 0) {
    ProcessSpec spec;
    spec.argv = {"/bin/sleep", "600"};
    spec.parent_death = ParentDeath::kDie;
    const auto sleeper = Process::Spawn(spec);
    const pid_t pid = sleeper.ok() ? sleeper->pid() : -1;
    (void)WriteAll(pipe->write.get(), {reinterpret_cast<const char*>(&pid), sizeof(pid)});
    while (true) ::pause();
  }
  pid_t sleeper = 0;
  ASSERT_EQ(::read(pipe->read.get(), &sleeper, sizeof(sleeper)),
            static_cast<ssize_t>(sizeof(sleeper)));
  const auto identity = IdentifyProcess(sleeper);
  ASSERT_TRUE(identity.ok());
  const auto handle = Process::Open(*identity);
  ASSERT_TRUE(handle.ok());
  EXPECT_FALSE(Exited(*handle, 0));
  ::kill(middle, SIGKILL);
  ::waitpid(middle, nullptr, 0);
  EXPECT_TRUE(Exited(*handle, 30'000));
}

// Runs `body` in a child process, since adopting orphans is for a whole process. Returns its exit
// code.
int InChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

TEST(KillDescendantsTest, FindsThoseThatLeftTheirSession) {
  const std::string mark = "NOIZY_TEST_MARK=" + std::to_string(::getpid());
  const int code = InChild([&] {
    if (!AdoptOrphans().ok()) return 1;
    const Process shell =
        SpawnShell("setsid sh -c 'setsid sleep 600 & sleep 600' & sleep 600 & echo",
                   {"PATH=/usr/bin:/bin", mark});
    if (!Exited(shell, 30'000)) return 2;
    // One in the middle of its exec is not seen.
    for (int i = 0; FindProcessesByEnvironment({mark}).empty(); ++i) {
      if (i == 1000) return 3;
    }
    return KillDescendants(std::chrono::seconds(30)) ? 0 : 4;
  });
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(FindProcessesByEnvironment({mark}).empty());
}

TEST(FindProcessesTest, WantsEveryEntryWhole) {
  const std::string mark = "NOIZY_TEST_OTHER=" + std::to_string(::getpid());
  const Process child = SpawnShell("exec sleep 600", {"PATH=/usr/bin:/bin", mark, "SECOND=2"});
  // The shell may be in the middle of its exec, when it has no environment to show.
  std::vector<ProcessIdentity> found;
  for (int i = 0; i < 1000 && found.empty(); ++i) {
    found = FindProcessesByEnvironment({mark, "SECOND=2"});
  }
  EXPECT_EQ(found, std::vector{child.identity()});
  EXPECT_TRUE(FindProcessesByEnvironment({mark, "SECOND=22"}).empty());
  EXPECT_TRUE(FindProcessesByEnvironment({mark.substr(1)}).empty());
  KillAndReap(child);
}

}  // namespace
}  // namespace noizy
