#include "nodeagent/drivers/supervisor_starter.h"

#include <gtest/gtest.h>

#include <csignal>

#include "machinery/os/files.h"
#include "nodeagent/drivers/process_task.h"
#include "tests/unit/nodeagent/drivers/task_bench.h"

namespace noizy::nodeagent {
namespace {

std::vector<std::string> WordsOf(pid_t pid) {
  const std::string text = ReadFile("/proc/" + std::to_string(pid) + "/cmdline").ValueOr("");
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size() && text[at] != '\0';) {
    const auto end = text.find('\0', at);
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

pid_t ParentOf(pid_t pid) {
  const std::string text = ReadFile("/proc/" + std::to_string(pid) + "/stat").ValueOr("");
  return static_cast<pid_t>(std::stoi(text.substr(text.rfind(')') + 4)));
}

// A supervisor of `sleep`, killed at the test's end.
class SupervisorStarterTest : public testing::Test {
 protected:
  ~SupervisorStarterTest() override {
    for (const Process& process : started_) (void)process.Signal(SIGKILL);
  }
  Result<pid_t> Start() {
    const std::string folder = scratch_.path() + "/attempt" + std::to_string(started_.size());
    NOIZY_RETURN_IF_ERROR(MakeFolders(folder));
    NOIZY_RETURN_IF_ERROR(WriteFileAtomically(folder + "/payload", "", Durability::kAtomic));
    SupervisorSpec spec;
    spec.argv = {"sleep", "60"};
    spec.env = {"PATH=/usr/bin:/bin"};
    spec.stdin_path = folder + "/payload";
    spec.log_cap_bytes = 1 << 20;
    NOIZY_ASSIGN_OR_RETURN(Process process, starter_.Start(folder, spec));
    started_.push_back(std::move(process));
    folder_ = folder;
    return started_.back().pid();
  }

  ScratchFolder scratch_;
  std::string folder_;
  std::vector<Process> started_;
  SupervisorStarter starter_{TestSupervisorCommand(), "/usr/bin:/bin"};
};

TEST_F(SupervisorStarterTest, StartsCopiesOfOneKeptReady) {
  const auto first = Start();
  const auto second = Start();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(ParentOf(*first), ::getpid());
  EXPECT_EQ(ParentOf(*first), ParentOf(*second));
  const std::vector<std::string> words = {"noizy", std::string(kSupervisorCommand), folder_};
  EXPECT_EQ(WordsOf(*second), words);
  EXPECT_FALSE(FileLock::TryAcquire(folder_ + "/" + std::string(kLockFile)).ok());
}

TEST_F(SupervisorStarterTest, StartsAProgramWhereTheReadyOneIsGone) {
  const auto first = Start();
  ASSERT_TRUE(first.ok());
  const pid_t server = ParentOf(*first);
  const auto process = Process::Open(IdentifyProcess(server).ValueOr({}));
  ASSERT_TRUE(process.ok());
  ASSERT_TRUE(process->Signal(SIGKILL).ok());
  AwaitReadable(std::array{process->exit_fd()}, std::chrono::minutes(1));
  const auto second = Start();
  ASSERT_TRUE(second.ok()) << second.status().ToString();
  EXPECT_EQ(ParentOf(*second), ::getpid());
  const auto third = Start();
  ASSERT_TRUE(third.ok());
  EXPECT_NE(ParentOf(*third), ::getpid());
}

TEST_F(SupervisorStarterTest, AFolderThatIsHeldIsAConflict) {
  ASSERT_TRUE(Start().ok());
  SupervisorSpec spec;
  spec.argv = {"true"};
  EXPECT_EQ(starter_.Start(folder_, spec).status().reason(), StatusReason::kConflict);
}

}  // namespace
}  // namespace noizy::nodeagent
