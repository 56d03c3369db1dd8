#include "controllers/task/draft.h"

#include <gtest/gtest.h>

#include "tests/unit/controllers/task/life.h"

namespace noizy::task_controller {
namespace {

TEST(Draft, AnUnchangedStateIsNotWritten) {
  const Observed seen = RunningTask();
  EXPECT_FALSE(Draft(seen).Done().state);
  Draft draft(seen);
  draft.Set("Scheduled", "True", "Bound", "Bound to node n1");
  EXPECT_FALSE(std::move(draft).Done().state);
}

TEST(Draft, AConditionKeepsTheTimeOfItsLastFlip) {
  const Observed seen = RunningTask();
  Draft draft(seen);
  draft.Set("Scheduled", "True", "Rebound", "");
  draft.Set("Started", "False", "NodeLost", "");
  EXPECT_EQ(FindCondition(draft.next().conditions, "Scheduled")->last_transition_time,
            "2026-01-01T00:00:00Z");
  EXPECT_EQ(FindCondition(draft.next().conditions, "Started")->last_transition_time,
            "2026-01-01T00:01:00Z");
}

TEST(Draft, TheEarliestTimeToLookAgainCounts) {
  const Observed seen = RunningTask();
  Draft draft(seen);
  draft.LookAgain(seen.now + std::chrono::seconds(2));
  draft.LookAgain(seen.now + std::chrono::seconds(1));
  draft.LookAgain(seen.now + std::chrono::seconds(3));
  EXPECT_EQ(std::move(draft).Done().look_again, seen.now + std::chrono::seconds(1));
}

TEST(Draft, AFinishWithoutAttemptsHasNoExitCode) {
  const Observed seen = NewTask();
  Draft draft(seen);
  draft.Finish(Phase::kCancelled, "Cancelled", "why");
  EXPECT_FALSE(draft.next().exit_code);
  EXPECT_EQ(draft.next().completion_time, seen.now);
  EXPECT_EQ(draft.next().reason, "Cancelled");
  EXPECT_EQ(draft.next().message, "why");
}

}  // namespace
}  // namespace noizy::task_controller
