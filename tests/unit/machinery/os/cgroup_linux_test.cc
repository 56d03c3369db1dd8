// The machine decides what can be enforced; each test holds for what Probe() promises.
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

#include "machinery/os/cgroup.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"

namespace noizy {
namespace {

std::string FreshName(const std::string& base) {
  return "test-" + base + "-" + std::to_string(::getpid());
}

Result<Process> SpawnIn(const Cgroup& group, std::string script, int stdout_fd = -1) {
  ProcessSpec spec;
  spec.argv = {"sh", "-c", std::move(script)};
  spec.env = {"PATH=/usr/bin:/bin"};
  spec.stdout_fd = stdout_fd;
  spec.cgroup_procs = group.procs_files();
  return Process::Spawn(spec);
}

bool AwaitExit(const Process& process) {
  pollfd exit{process.exit_fd(), POLLIN, 0};
  return ::poll(&exit, 1, 30'000) == 1;
}

TEST(CgroupTest, ProbeLeavesNothingBehind) {
  (void)Cgroup::Probe();
  const auto group = Cgroup::Create(FreshName("probe"), {});
  ASSERT_TRUE(group.ok());
  for (const auto& [hierarchy, folder] : group->folders()) {
    const std::string parent = folder.substr(0, folder.rfind('/'));
    EXPECT_FALSE(FileExists(parent + "/probe-" + std::to_string(::getpid()))) << hierarchy;
  }
  EXPECT_TRUE(group->Remove(std::chrono::seconds(5)).ok());
}

TEST(CgroupTest, KillsWholeTreesAtOnce) {
  if (!Cgroup::Probe().kill) return;
  const auto group = Cgroup::Create(FreshName("kill"), {});
  ASSERT_TRUE(group.ok());
  const auto process = SpawnIn(*group, "setsid sh -c 'sleep 600 & sleep 600' & sleep 600");
  ASSERT_TRUE(process.ok()) << process.status().ToString();
  EXPECT_FALSE(group->Processes().empty());
  EXPECT_TRUE(group->Kill());
  EXPECT_TRUE(AwaitExit(*process));
  EXPECT_EQ(process->TryWait().ValueOr({}), (ExitStatus{0, SIGKILL}));
  EXPECT_TRUE(group->Remove(std::chrono::seconds(30)).ok());
  for (const auto& [hierarchy, folder] : group->folders())
    EXPECT_FALSE(FileExists(folder)) << hierarchy;
}

TEST(CgroupTest, FreezesAndThaws) {
  if (!Cgroup::Probe().freeze) return;
  const auto group = Cgroup::Create(FreshName("freeze"), {});
  auto ready = MakePipe();
  const auto process =
      SpawnIn(*group, "trap 'exit 7' TERM; sleep 600 & echo; wait", ready->write.get());
  ASSERT_TRUE(process.ok());
  char newline = 0;
  ASSERT_EQ(::read(ready->read.get(), &newline, 1), 1);
  EXPECT_TRUE(group->SetFrozen(true));
  // A frozen task runs its handler only once it thaws.
  EXPECT_TRUE(process->Signal(SIGTERM).ok());
  pollfd exit{process->exit_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&exit, 1, 50), 0);
  EXPECT_TRUE(group->SetFrozen(false));
  EXPECT_TRUE(AwaitExit(*process));
  EXPECT_EQ(process->TryWait().ValueOr({}), (ExitStatus{7, 0}));
  EXPECT_TRUE(group->Kill());
  EXPECT_TRUE(group->Remove(std::chrono::seconds(30)).ok());
}

TEST(CgroupTest, HoldsATaskToANumberOfProcesses) {
  if (!Cgroup::Probe().process_limit) return;
  const auto group = Cgroup::Create(FreshName("pids"), {0, 0, 1});
  ASSERT_TRUE(group.ok());
  EXPECT_TRUE(group->LimitsProcesses());
  auto said = MakePipe();
  const auto process =
      SpawnIn(*group, "echo one; (echo two) 2> /dev/null; echo three", said->write.get());
  ASSERT_TRUE(process.ok());
  EXPECT_TRUE(AwaitExit(*process));
  std::array<char, 64> text{};
  const std::size_t size = ReadSome(said->read.get(), text).ValueOr(0);
  EXPECT_EQ(std::string(text.data(), size), "one\n");
  EXPECT_TRUE(group->Remove(std::chrono::seconds(30)).ok());
}

TEST(CgroupTest, MemoryLimitKillsAndTells) {
  if (!Cgroup::Probe().memory_limit) return;
  const auto group =
      Cgroup::Create(FreshName("memory"), {.cpu_milli = 0, .memory_bytes = 32 << 20});
  ASSERT_TRUE(group.ok()) << group.status().ToString();
  EXPECT_FALSE(group->OutOfMemory());
  const auto process = SpawnIn(*group, "exec dd if=/dev/zero of=/dev/null bs=100M count=1");
  ASSERT_TRUE(process.ok());
  ASSERT_TRUE(AwaitExit(*process));
  EXPECT_EQ(process->TryWait().ValueOr({}), (ExitStatus{0, SIGKILL}));
  EXPECT_TRUE(group->OutOfMemory());
  EXPECT_TRUE(group->Remove(std::chrono::seconds(30)).ok());
}

TEST(CgroupTest, CpuLimitIsSet) {
  if (!Cgroup::Probe().cpu_limit) return;
  const auto group = Cgroup::Create(FreshName("cpu"), {.cpu_milli = 250, .memory_bytes = 0});
  ASSERT_TRUE(group.ok()) << group.status().ToString();
  std::string quota;
  for (const auto& [hierarchy, folder] : group->folders()) {
    for (const char* file : {"/cpu.max", "/cpu.cfs_quota_us"})
      quota += ReadFile(folder + file).ValueOr("");
  }
  EXPECT_NE(quota.find("25000"), std::string::npos) << quota;
  EXPECT_TRUE(group->Remove(std::chrono::seconds(5)).ok());
}

TEST(CgroupTest, EmptyGroupDoesNothing) {
  const Cgroup none;
  EXPECT_FALSE(none.Kill());
  EXPECT_FALSE(none.SetFrozen(true));
  EXPECT_FALSE(none.OutOfMemory());
  EXPECT_TRUE(none.Processes().empty());
  EXPECT_TRUE(none.procs_files().empty());
  EXPECT_TRUE(none.Remove(Duration::zero()).ok());
}

TEST(CgroupTest, FoundAgainByItsFolders) {
  const auto group = Cgroup::Create(FreshName("again"), {});
  const Cgroup again(group->folders());
  EXPECT_TRUE(again.Remove(std::chrono::seconds(5)).ok());
  for (const auto& [hierarchy, folder] : group->folders())
    EXPECT_FALSE(FileExists(folder)) << hierarchy;
}

}  // namespace
}  // namespace noizy
