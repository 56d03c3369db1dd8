#include "nodeagent/drivers/task_state.h"

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

TEST(TaskStateTest, ReadsBackWhatWasWritten) {
  const ScratchFolder scratch;
  TaskState state;
  state.supervisor = {77, 123456789, "boot"};
  ASSERT_TRUE(WriteTaskState(scratch.path(), state).ok());
  EXPECT_EQ(ReadTaskState(scratch.path())->phase, TaskPhase::kStarting);
  EXPECT_FALSE(ReadTaskState(scratch.path())->start.has_value());

  state.phase = TaskPhase::kExited;
  state.start = TaskStart{78, WallTime(Duration(5))};
  state.exit = {3,
                9,
                "Error",
                "words \"quoted\"",
                WallTime(Duration(6)),
                Duration(7),
                std::string("a\0\xff", 3)};
  ASSERT_TRUE(WriteTaskState(scratch.path(), state).ok());
  const auto read = ReadTaskState(scratch.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->phase, TaskPhase::kExited);
  EXPECT_EQ(read->supervisor, state.supervisor);
  EXPECT_EQ(read->start->pid, 78);
  EXPECT_EQ(read->start->time, state.start->time);
  EXPECT_EQ(read->exit.exit_code, 3);
  EXPECT_EQ(read->exit.signal, 9);
  EXPECT_EQ(read->exit.reason, "Error");
  EXPECT_EQ(read->exit.message, state.exit.message);
  EXPECT_EQ(read->exit.time, state.exit.time);
  EXPECT_EQ(read->exit.execution_time, state.exit.execution_time);
  EXPECT_EQ(read->exit.result, state.exit.result);
  EXPECT_FALSE(read->exit.usage);
  state.exit.usage = ModelUsage{7, 40, 12.5};
  ASSERT_TRUE(WriteTaskState(scratch.path(), state).ok());
  EXPECT_EQ(ReadTaskState(scratch.path())->exit.usage, state.exit.usage);
}

TEST(TaskOutcomeTest, ReadsBackWhatWasWritten) {
  const ScratchFolder scratch;
  EXPECT_FALSE(ReadTaskOutcome(scratch.path()).ok());
  ASSERT_TRUE(WriteTaskOutcome(scratch.path(), {"Unreachable", "gone", ModelUsage{1, 2, 3}}).ok());
  const auto read = ReadTaskOutcome(scratch.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->reason, "Unreachable");
  EXPECT_EQ(read->message, "gone");
  EXPECT_EQ(read->usage, (ModelUsage{1, 2, 3}));
}

TEST(TaskStateTest, MissingAndForeignFilesAreErrors) {
  const ScratchFolder scratch;
  EXPECT_EQ(ReadTaskState(scratch.path()).status().reason(), StatusReason::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(scratch / "state.json", "{}").ok());
  EXPECT_EQ(ReadTaskState(scratch.path()).status().reason(), StatusReason::kBadRequest);
  ASSERT_TRUE(WriteFileAtomically(scratch / "state.json", "{\"phase\":").ok());
  EXPECT_EQ(ReadTaskState(scratch.path()).status().reason(), StatusReason::kBadRequest);
}

TEST(StopRequestTest, ReadsBackWhatWasWritten) {
  const ScratchFolder scratch;
  EXPECT_FALSE(ReadStopRequest(scratch.path()).ok());
  ASSERT_TRUE(WriteStopRequest(scratch.path(), {Duration(9), "Cancelled", "why"}).ok());
  const auto read = ReadStopRequest(scratch.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->grace, Duration(9));
  EXPECT_EQ(read->reason, "Cancelled");
  EXPECT_EQ(read->message, "why");
}

}  // namespace
}  // namespace noizy::nodeagent
