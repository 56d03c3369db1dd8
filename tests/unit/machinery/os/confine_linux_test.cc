#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "machinery/os/process.h"
#include "tests/unit/machinery/os/scratch.h"
#include "tests/unit/machinery/os/stranger.h"

namespace noizy {
namespace {

// Programs that run as another user.
class ConfinementTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto stranger = FindStranger();
    if (!stranger) GTEST_SKIP() << "programs cannot run as another user here";
    spec_.confinement = Confinement{*stranger};
    spec_.pid_namespace = PidNamespace::kOwn;
    spec_.env = {"PATH=/usr/bin:/bin"};
    spec_.working_dir = "/";
  }
  // All that the script says; it has ended then.
  std::string Run(const std::string& script) {
    auto pipe = MakePipe();
    spec_.argv = {"sh", "-c", script};
    spec_.stdout_fd = spec_.stderr_fd = pipe->write.get();
    const auto process = Process::Spawn(spec_);
    pipe->write.Reset();
    if (!process.ok()) return process.status().message();
    std::string said;
    std::array<char, 4096> buffer{};
    for (auto got = ReadSome(pipe->read.get(), buffer); got.ok() && *got > 0;
         got = ReadSome(pipe->read.get(), buffer)) {
      said.append(buffer.data(), *got);
    }
    pollfd exit{process->exit_fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&exit, 1, 30'000), 1);
    EXPECT_TRUE(process->TryWait().ok());
    return said;
  }
  ProcessSpec spec_;
  ScratchFolder scratch_;
};

TEST_F(ConfinementTest, TheProgramIsSomebodyElseWithNothingToGain) {
  const std::string id = std::to_string(spec_.confinement->user.id);
  std::string uids = "Uid:";
  for (int kind = 0; kind < 4; ++kind) uids.append("\t").append(id);
  const std::string said = Run("cat /proc/self/status; umask; ls /proc");
  EXPECT_NE(said.find(uids), std::string::npos) << said;
  EXPECT_NE(said.find("NoNewPrivs:\t1\n"), std::string::npos) << said;
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    std::string empty = set;
    empty.append(":\t0000000000000000\n");
    EXPECT_NE(said.find(empty), std::string::npos) << said;
  }
  EXPECT_NE(said.find("0077\n"), std::string::npos) << said;
  // Of all processes it sees the namespace's first, and its own.
  EXPECT_EQ(said.find("\n" + std::to_string(::getpid()) + "\n"), std::string::npos) << said;
}

TEST_F(ConfinementTest, SystemCallsOfAdministratorsAreDenied) {
  if (!FiltersSystemCalls()) GTEST_SKIP() << "built without libseccomp";
  EXPECT_NE(Run("cat /proc/self/status").find("Seccomp:\t2\n"), std::string::npos);
  // Without the filter a new user namespace would be anybody's to make.
  EXPECT_EQ(Run("unshare --user true"), "unshare: unshare failed: Operation not permitted\n");
  EXPECT_EQ(Run("(echo threads; echo and forks) | cat"), "threads\nand forks\n");
}

TEST_F(ConfinementTest, ItSeesOfAFolderWhatItIsShown) {
  const std::string hidden = scratch_ / "data";
  ASSERT_TRUE(MakeFolders(hidden + "/attempts/1/work").ok());
  ASSERT_TRUE(MakeFolders(hidden + "/attempts/2/work", 0755).ok());
  for (const char* file : {"/key", "/attempts/1/payload"})
    ASSERT_TRUE(WriteFileAtomically(hidden + file, "text\n", Durability::kAtomic, 0444).ok());
  const User& user = spec_.confinement->user;
  ASSERT_TRUE(GiveTo(user, hidden + "/attempts/1/work", 0700).ok());
  // All of it is open, so that nothing but the confinement hides it.
  for (const std::string& folder : {scratch_.path(), hidden, hidden + "/attempts"})
    ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  spec_.confinement->hidden = hidden;
  spec_.confinement->shown = {hidden + "/attempts/1/work", hidden + "/attempts/1/payload"};
  spec_.working_dir = hidden + "/attempts/1/work";
  EXPECT_EQ(Run("cat ../payload; touch made; cd " + hidden +
                "; test -e key -o -e attempts/2 || echo gone; touch new || true"),
            "text\ngone\ntouch: cannot touch 'new': Permission denied\n");
  EXPECT_TRUE(FileExists(hidden + "/attempts/1/work/made"));
  EXPECT_TRUE(FileExists(hidden + "/key")) << "it is hidden from the program alone";
}

TEST_F(ConfinementTest, WhatIsShownIsReachedThroughFoldersThatAreClosed) {
  ASSERT_TRUE(MakeFolders(scratch_ / "closed/work").ok());
  spec_.confinement->hidden = scratch_ / "closed";
  spec_.confinement->shown = {scratch_ / "closed/work"};
  ASSERT_TRUE(GiveTo(spec_.confinement->user, scratch_ / "closed/work", 0700).ok());
  spec_.working_dir = scratch_ / "closed/work";
  EXPECT_EQ(Run("pwd"), (scratch_ / "closed/work") + "\n");
  spec_.confinement->shown = {scratch_ / "closed/missing"};
  EXPECT_NE(Run("pwd").find("No such file"), std::string::npos);
}

TEST_F(ConfinementTest, ItsProcessesAreCounted) {
  spec_.confinement->max_processes = 77;
  EXPECT_EQ(Run("bash -c 'ulimit -u'"), "77\n");
}

TEST_F(ConfinementTest, DiesWithWhoStartedItAsOthersDo) {
  spec_.parent_death = ParentDeath::kDie;
  spec_.pid_namespace = PidNamespace::kShared;  // which would end it anyway
  spec_.argv = {"sleep", "600"};
  std::optional<Process> process;
  std::thread([&] {
    auto spawned = Process::Spawn(spec_);
    ASSERT_TRUE(spawned.ok()) << spawned.status().ToString();
    process = *std::move(spawned);
  }).join();
  ASSERT_TRUE(process.has_value());
  pollfd exit{process->exit_fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&exit, 1, 30'000), 1);
  EXPECT_EQ(process->TryWait().ValueOr({}), (ExitStatus{0, SIGKILL}));
}

TEST(TryConfinementTest, SaysWhyItCannotBe) {
  EXPECT_EQ(TryConfinement({"root", 0, 0}).reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy
