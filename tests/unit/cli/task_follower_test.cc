#include "cli/task_follower.h"

#include <gtest/gtest.h>

#include "cli/log_stream.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Follower : public CliTest {
 protected:
  /// What following prints, and its exit code or error.
  FakeGrid::Outcome Follow() {
    std::string end;
    FakeGrid::Outcome outcome = grid_.Invoke({}, {"task", "a"}, [&](Invocation& invocation) {
      const Target target = NamedTargets(invocation)->front();
      const Result<int> code =
          TaskFollower(invocation, **invocation.session(), target, {}).Follow();
      end = code.ok() ? std::to_string(*code) : code.status().ToString();
    });
    outcome.err += end;
    return outcome;
  }
};

TEST(IsEndPhase, KnowsTheThreeEnds) {
  for (const char* phase : {"Succeeded", "Failed", "Cancelled"})
    EXPECT_TRUE(IsEndPhase(phase)) << phase;
  for (const char* phase : {"", "Pending", "Scheduled", "Running"})
    EXPECT_FALSE(IsEndPhase(phase)) << phase;
}

TEST_F(Follower, ATaskThatHasEndedIsShownAtOnce) {
  grid_.logs_[{"a", 1}] = "done\n";
  grid_.PutTask("a", "status: {phase: Succeeded, attempt: 1, exitCode: 0}");
  const FakeGrid::Outcome followed = Follow();
  EXPECT_EQ(followed.out, "done\n");
  EXPECT_EQ(followed.err, "0");
}

TEST_F(Follower, AnErrorOfTheLogIsToldUnlessThereIsNone) {
  grid_.PutTask("a", "status: {phase: Failed, attempt: 1, exitCode: 4, message: the node is gone}");
  EXPECT_EQ(Follow().err, "task.noizy.dev/a failed: the node is gone\n4");
  grid_.OnStream([this](const HttpRequest&) { grid_.logs_.clear(); });
  EXPECT_EQ(Follow().out, "");
}

TEST_F(Follower, LogsEndWhenNobodyReadsThem) {
  grid_.logs_[{"a", 1}] = "text";
  grid_.Invoke({}, {"task", "a"}, [&](Invocation& invocation) {
    std::ostringstream closed;
    closed.setstate(std::ios::badbit);
    const Target target = NamedTargets(invocation)->front();
    EXPECT_TRUE(StreamLog(**invocation.session(), target, {}, closed, {}).ok());
    std::ostringstream open;
    EXPECT_TRUE(StreamLog(**invocation.session(), target, {}, open, [] { return false; }).ok());
    EXPECT_EQ(open.str(), "text");
    EXPECT_EQ(StreamLog(**invocation.session(), target, {.attempt = 9}, open, {}).reason(),
              StatusReason::kNotFound);
  });
}

}  // namespace
}  // namespace noizy::cli
