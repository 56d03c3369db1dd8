#include <signal.h>

#include "machinery/os/command.h"

namespace noizy {
namespace {

TEST(CommandTest, CollectsOutputAndExit) {
  const auto answer = RunCommand({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->output, "out\n");
  EXPECT_EQ(answer->exit, (ExitStatus{3, 0}));
}

TEST(CommandTest, BoundsTimeOfOneThatWritesNothing) {
  CommandOptions options;
  options.timeout = std::chrono::milliseconds(100);
  const auto answer = RunCommand({"sleep", "600"}, options);
  EXPECT_EQ(answer.status().reason(), StatusReason::kTimeout);
  EXPECT_NE(answer.status().message().find("sleep"), std::string::npos);
}

TEST(CommandTest, BoundsTimeOfOneThatClosedItsOutput) {
  CommandOptions options;
  options.timeout = std::chrono::milliseconds(100);
  const auto answer = RunCommand({"sh", "-c", "exec >&-; exec sleep 600"}, options);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->exit, (ExitStatus{0, SIGKILL}));
}

TEST(CommandTest, BoundsOutput) {
  CommandOptions options;
  options.max_output_bytes = 1000;
  EXPECT_EQ(RunCommand({"yes"}, options).status().reason(), StatusReason::kRequestEntityTooLarge);
}

TEST(CommandTest, ReportsAMissingProgram) {
  EXPECT_EQ(RunCommand({"no-such-program"}).status().reason(), StatusReason::kNotFound);
}

TEST(RunInForegroundTest, SharesTheCallersEnvironmentAndTellsTheEnd) {
  setenv("NOIZY_FOREGROUND", "7", 1);
  const auto exited = RunInForeground({"/bin/sh", "-c", "exit $NOIZY_FOREGROUND"});
  ASSERT_TRUE(exited.ok()) << exited.status().ToString();
  EXPECT_EQ(*exited, (ExitStatus{7, 0}));
  EXPECT_EQ(*RunInForeground({"/bin/sh", "-c", "kill -TERM $$"}), (ExitStatus{0, SIGTERM}));
}

TEST(RunInForegroundTest, CtrlCIsTheProgramsBusiness) {
  // As the terminal does it: the signal reaches the whole process group, this process too.
  EXPECT_EQ(*RunInForeground({"/bin/sh", "-c", "kill -INT $PPID; exit 3"}), (ExitStatus{3, 0}));
  EXPECT_EQ(*RunInForeground({"/bin/sh", "-c", "kill -INT $$"}), (ExitStatus{0, SIGINT}));
}

TEST(RunInForegroundTest, AMissingProgramIsNotFound) {
  EXPECT_EQ(RunInForeground({"/no/such/program"}).status().reason(), StatusReason::kNotFound);
}

}  // namespace
}  // namespace noizy
