#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "machinery/os/files.h"
#include "machinery/os/fork_server.h"
#include "tests/unit/machinery/os/scratch.h"

namespace noizy {
namespace {

// This very test program is what is copied: see main below. A copy runs the shell's line that is
// its second word; its standard error is the test's file.
class ForkServerTest : public testing::Test {
 protected:
  ForkServerTest() {
    ProcessSpec program;
    program.executable = SelfExecutable();
    program.argv = {"test", "serve-forks"};
    program.env = {"PATH=/usr/bin:/bin"};
    auto server = ForkServer::Start(program);
    EXPECT_TRUE(server.ok()) << server.status().ToString();
    server_.emplace(*std::move(server));
  }

  Result<Process> Fork(const std::string& line, std::vector<int> blocked = {}) {
    NOIZY_ASSIGN_OR_RETURN(const UniqueFd input, MakeAnonymousFile("the input\n"));
    NOIZY_ASSIGN_OR_RETURN(const UniqueFd words, OpenToAppend(File("words")));
    NOIZY_ASSIGN_OR_RETURN(const UniqueFd third, MakeAnonymousFile("the third\n"));
    return server_->Fork(
        {{"copy", line}, input.get(), words.get(), {third.get()}, std::move(blocked)});
  }
  void AwaitEnd(const Process& process) {
    EXPECT_TRUE(AwaitReadable(std::array{process.exit_fd()}, std::chrono::minutes(1))[0]);
  }
  std::string WordsOf(const std::string& line) {
    const auto copy = Fork(line);
    EXPECT_TRUE(copy.ok()) << copy.status().ToString();
    if (copy.ok()) AwaitEnd(*copy);
    return ReadFile(File("words")).ValueOr("(none)");
  }
  std::string File(const std::string& name) const { return scratch_.path() + "/" + name; }

  ScratchFolder scratch_;
  std::optional<ForkServer> server_;
};

TEST_F(ForkServerTest, ACopyHasTheDescriptorsItWasGivenAndNoOthers) {
  EXPECT_EQ(WordsOf("{ cat; cat <&3; ls /proc/$PPID/fd | tr '\\n' ' '; } >&2"),
            "the input\nthe third\n0 1 2 3 4 ");  // 4: its handle on the shell
}

TEST_F(ForkServerTest, PsShowsACopysWords) {
  EXPECT_EQ(WordsOf("tr '\\0' '|' < /proc/$PPID/cmdline | tr -s '|' >&2"),
            "test|copy|tr '\\0' '|' < /proc/$PPID/cmdline | tr -s '|' >&2|");
}

TEST_F(ForkServerTest, ACopyLeadsItsSessionAndIsTheServersChild) {
  const auto copy = Fork("exec sleep 60");
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(::getsid(copy->pid()), copy->pid());
  EXPECT_EQ(copy->TryWait().status().reason(), StatusReason::kNotFound);
  EXPECT_EQ(IdentifyProcess(copy->pid()).ValueOr({}), copy->identity());
  EXPECT_TRUE(copy->Signal(SIGKILL).ok());
  AwaitEnd(*copy);
}

TEST_F(ForkServerTest, OneThatEndsAtOnceIsKnownAllTheSame) {
  for (int i = 0; i < 50; ++i) {
    const auto copy = Fork("exit 3");
    ASSERT_TRUE(copy.ok()) << copy.status().ToString();
    EXPECT_GT(copy->identity().start_ticks, 0U);
    AwaitEnd(*copy);
  }
}

TEST_F(ForkServerTest, ASignalSentAtOnceWaitsForItsReader) {
  for (int i = 0; i < 50; ++i) {
    const auto copy = Fork("echo alive >> " + File("alive"), {SIGTERM});
    ASSERT_TRUE(copy.ok());
    (void)copy->Signal(SIGTERM);
    AwaitEnd(*copy);
    EXPECT_TRUE(FileExists(File("alive")));
    (void)std::remove(File("alive").c_str());
  }
}

TEST_F(ForkServerTest, CopiesOutliveTheServer) {
  const auto copy = Fork("exec sleep 60");
  ASSERT_TRUE(copy.ok());
  server_.reset();
  EXPECT_TRUE(IdentifyProcess(copy->pid()).ok());
  (void)copy->Signal(SIGKILL);
  AwaitEnd(*copy);
}

TEST_F(ForkServerTest, AServerThatWasKilledIsAnError) {
  const auto killer = Fork("kill -9 $(cut -d' ' -f4 /proc/$PPID/stat)");
  ASSERT_TRUE(killer.ok());
  AwaitEnd(*killer);
  EXPECT_FALSE(Fork("true").ok());
}

}  // namespace

// The body of a copy: the shell's line with the descriptors that the copy was given.
int RunLine(const std::vector<std::string>& words) {
  ProcessSpec shell;
  shell.argv = {"/bin/sh", "-c", words.at(1)};
  shell.env = {"PATH=/usr/bin:/bin"};
  shell.stdin_fd = kStandardInput;
  shell.stderr_fd = STDERR_FILENO;
  shell.inherited = {3};
  shell.parent_death = ParentDeath::kDie;
  const auto process = Process::Spawn(shell);
  if (!process.ok()) return 1;
  AwaitReadable(std::array{process->exit_fd()}, std::chrono::minutes(1));
  return process->TryWait().ok() ? 0 : 1;
}

}  // namespace noizy

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "serve-forks") {
    return noizy::ServeForks(argc - 1, argv + 1, noizy::RunLine);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
