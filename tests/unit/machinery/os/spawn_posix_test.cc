#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "machinery/os/process.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

struct Ran {
  ExitStatus exit;
  std::string output;
};

ExitStatus AwaitExit(const Process& process) {
  pollfd exit{process.exit_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&exit, 1, 30'000), 1);
  const auto ended = process.TryWait();
  EXPECT_TRUE(ended.ok() && ended->has_value());
  return ended.ok() ? ended->value_or(ExitStatus{}) : ExitStatus{};
}

// Runs `spec` with its stdout collected.
Ran Collect(ProcessSpec spec) {
  auto pipe = MakePipe();
  spec.stdout_fd = pipe->write.get();
  if (spec.env.empty()) spec.env = {"PATH=/usr/bin:/bin"};
  const auto process = Process::Spawn(spec);
  EXPECT_TRUE(process.ok()) << process.status().ToString();
  if (!process.ok()) return {};
  pipe->write.Reset();
  Ran ran;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(pipe->read.get(), buffer.data(), buffer.size())) > 0;) {
    ran.output.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ran.exit = AwaitExit(*process);
  return ran;
}

ProcessSpec Shell(std::string script) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  return spec;
}

TEST(SpawnTest, TellsExitCodesFromSignals) {
  EXPECT_EQ(Collect(Shell("exit 42")).exit, (ExitStatus{42, 0}));
  EXPECT_EQ(Collect(Shell("kill -KILL $$")).exit, (ExitStatus{0, SIGKILL}));
  // 128 + n is what a shell says of its child's signal: a code like any other here.
  EXPECT_EQ(Collect(Shell("exit 137")).exit, (ExitStatus{137, 0}));
}

TEST(SpawnTest, GivesExactlyTheNamedEnvironment) {
  ProcessSpec spec;
  spec.argv = {"env"};
  spec.env = {"PATH=/usr/bin:/bin", "A=b c"};
  EXPECT_EQ(Collect(spec).output, "PATH=/usr/bin:/bin\nA=b c\n");
}

TEST(SpawnTest, RunsInTheWorkingFolder) {
  const ScratchFolder scratch;
  ProcessSpec spec = Shell("pwd -P");
  spec.working_dir = scratch.path();
  EXPECT_EQ(Collect(spec).output, scratch.path() + "\n");
}

TEST(SpawnTest, ReadsNothingFromStdinUnlessGiven) {
  EXPECT_EQ(Collect(Shell("cat; echo done")).output, "done\n");
  const auto input = MakeAnonymousFile("given\n");
  ProcessSpec spec = Shell("cat");
  spec.stdin_fd = input->get();
  EXPECT_EQ(Collect(spec).output, "given\n");
}

TEST(SpawnTest, HandsOverOnlyTheNamedDescriptors) {
  // Open in this process without close-on-exec: the child must not have it all the same.
  const UniqueFd leaky(::open("/dev/null", O_RDONLY));
  ASSERT_TRUE(leaky);
  EXPECT_EQ(
      Collect(
          Shell("for n in 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$n ] && echo $n; done; true"))
          .output,
      "");
  const auto file = MakeAnonymousFile("third");
  ProcessSpec spec = Shell("cat <&3");
  spec.inherited = {file->get()};
  EXPECT_EQ(Collect(spec).output, "third");
}

TEST(SpawnTest, PlacesDescriptorsWhoseNumbersOverlapTheTargets) {
  // Sources 3 and 4 swapped onto 4 and 3.
  const auto first = MakeAnonymousFile("first");
  const auto second = MakeAnonymousFile("second");
  ProcessSpec spec = Shell("cat <&3; cat <&4");
  spec.inherited = {second->get(), first->get()};
  EXPECT_EQ(Collect(spec).output, "secondfirst");
}

TEST(SpawnTest, LeadsItsOwnSessionWithFreshSignals) {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  ::signal(SIGUSR1, SIG_IGN);
  ProcessSpec spec;
  // No shell: it blocks signals of its own around forks. NSpgid and NSsid are the process group and
  // the session.
  spec.argv = {"awk", "/^(Sig(Blk|Ign)|Pid|NSpgid|NSsid):/ {print $2}", "/proc/self/status"};
  const Ran ran = Collect(spec);
  ::signal(SIGUSR1, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const std::string pid = ran.output.substr(0, ran.output.find('\n') + 1);
  const std::string none = "0000000000000000\n";
  EXPECT_EQ(ran.output, pid + pid + pid + none + none);
}

TEST(SpawnTest, LeavesNoCoreDumps) {
  EXPECT_EQ(Collect(Shell("ulimit -H -c")).output, "0\n");
}

TEST(SpawnTest, SaysWhatFailed) {
  ProcessSpec spec = Shell("true");
  spec.env = {"PATH=/usr/bin:/bin"};
  spec.working_dir = "/no/such/folder";
  EXPECT_EQ(Process::Spawn(spec).status().message(),
            "cannot enter the working folder \"/no/such/folder\": No such file or directory");
  spec.working_dir.clear();
  spec.argv = {"no-such-program"};
  EXPECT_EQ(Process::Spawn(spec).status().message(),
            "executable \"no-such-program\" is not in PATH");
  spec.argv = {"/etc/passwd"};
  EXPECT_EQ(Process::Spawn(spec).status().message(),
            "cannot run \"/etc/passwd\": Permission denied");
  spec.argv = {};
  EXPECT_EQ(Process::Spawn(spec).status().reason(), StatusReason::kBadRequest);
  spec.argv = {"true"};
  spec.cgroup_procs = {"/no/such/cgroup.procs"};
  EXPECT_EQ(Process::Spawn(spec).status().message(),
            "cannot join its cgroup: No such file or directory");
}

TEST(FindExecutableTest, TakesTheFirstExecutableMatch) {
  const ScratchFolder scratch;
  ASSERT_TRUE(MakeFolders(scratch / "a").ok());
  ASSERT_TRUE(MakeFolders(scratch / "b/tool").ok());  // a folder is no program
  ASSERT_TRUE(WriteFileAtomically(scratch / "a/tool", "", Durability::kAtomic, 0700).ok());
  EXPECT_EQ(FindExecutable("tool", scratch / "b:" + scratch / "a").ValueOr(""), scratch / "a/tool");
  EXPECT_EQ(FindExecutable("tool", "").status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(FindExecutable("./x", "").ValueOr(""), "./x");
}

}  // namespace
}  // namespace noizy
