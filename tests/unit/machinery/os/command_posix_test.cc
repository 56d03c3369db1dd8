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

}  // namespace
}  // namespace noizy
