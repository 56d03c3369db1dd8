#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using RunTask = CliTest;

TEST_F(RunTask, FollowsTheTaskAndExitsWithItsCode) {
  int streams = 0;
  grid_.logs_[{"a", 1}] = "hello\n";
  grid_.OnStream([&](const HttpRequest& request) {
    ++streams;
    if (streams == 1) grid_.Progress("a", "{phase: Scheduled, nodeName: m1, attempt: 1}");
    if (streams == 2) grid_.Progress("a", "{phase: Running, nodeName: m1, attempt: 1}");
    if (request.path.ends_with("/log")) {
      grid_.Progress("a",
                     "{phase: Failed, exitCode: 3, attempt: 1, "
                     "reason: ExitCode, attempts: [{number: 1, "
                     "exitCode: 3, nodeName: m1, message: it ended with exit code 3}]}");
    }
  });
  grid_.err_is_terminal_ = true;
  const FakeGrid::Outcome run =
      grid_.Run({"run", "a", "--type", "script", "--node=m1", "-e", "A=b=c", "-l", "x=1",
                 "--timeout", "90s", "--", "sh", "-c", "exit 3"});
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.out, "hello\n");
  EXPECT_EQ(run.err,
            "task.noizy.dev/a created\ntask.noizy.dev/a waits for a node\ntask.noizy.dev/a waits "
            "for node m1 to start it\n"
            "task.noizy.dev/a failed on m1: it ended with exit code 3\n");
  const Value sent = *ParseJson(grid_.api_.Writes().front().body);
  EXPECT_EQ(
      ToJson(*Find(sent, {"spec"})),
      R"({"type":"script","exec":{"command":["sh","-c","exit 3"]},"nodeName":"m1","env":[{"name":"A","value":"b=c"}],"timeoutSeconds":90})");
  EXPECT_EQ(StringAt(sent, {"metadata", "labels", "x"}), "1");
  EXPECT_EQ(grid_.last_log_query_, "follow=true&attempt=1");
}

TEST_F(RunTask, ShowsEveryAttemptInItsOrder) {
  int streams = 0;
  grid_.logs_[{"a", 1}] = "one\n";
  grid_.logs_[{"a", 3}] = "three\n";
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) grid_.Progress("a", "{phase: Running, attempt: 1}");
    if (streams == 2) grid_.Progress("a", "{phase: Pending, attempt: 2}");
    if (streams == 3) grid_.Progress("a", "{phase: Succeeded, exitCode: 0, attempt: 3}");
  });
  const FakeGrid::Outcome run = grid_.Run({"run", "a", "--rm", "--", "true"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "one\nthree\n");
  EXPECT_EQ(run.err, "task.noizy.dev/a created\n");
  EXPECT_TRUE(grid_.Task("a").is_null()) << "--rm deletes it";
}

TEST_F(RunTask, TellsHowATaskEndedWithoutAnExitCode) {
  const std::pair<const char*, int> cases[] = {
      {"{phase: Cancelled}", 1},
      {"{phase: Failed, attempts: [{number: 1, signal: 9}]}", 137},
      {"{phase: Failed, exitCode: 0, message: the node is gone}", 1},
      {"{phase: Succeeded}", 0}};
  for (const auto& [status, code] : cases) {
    grid_.OnStream([&, text = status](const HttpRequest&) { grid_.Progress("a", text); });
    EXPECT_EQ(grid_.Run({"run", "a", "--", "x"}).code, code) << status;
    grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "a"});
  }
}

TEST_F(RunTask, CtrlCLeavesTheTaskAndSaysHowToGoOn) {
  grid_.OnStream([&](const HttpRequest&) { grid_.interrupt_ = true; });
  const FakeGrid::Outcome run = grid_.Run({"run", "a", "--rm", "--", "sleep", "9"});
  EXPECT_EQ(run.code, 130);
  EXPECT_NE(
      run.err.find(
          "noizy logs -f a -n default follows it again, noizy delete task a -n default stops it"),
      std::string::npos);
  EXPECT_FALSE(grid_.Task("a").is_null());
}

TEST_F(RunTask, CtrlCEndsALogToo) {
  grid_.OnStream([&](const HttpRequest& request) {
    grid_.Progress("a", "{phase: Running, attempt: 1}");
    if (request.path.ends_with("/log")) grid_.interrupt_ = true;
  });
  EXPECT_EQ(grid_.Run({"run", "a", "--", "x"}).code, 130);
}

TEST_F(RunTask, DetachesAndNoticesDeletion) {
  EXPECT_EQ(grid_.Run({"run", "a", "-d", "--", "x"}).err, "task.noizy.dev/a created\n");
  EXPECT_EQ(grid_.Run({"run", "a", "-d", "--", "x"}).code, 1) << "the name is taken";
  grid_.OnStream([&](const HttpRequest&) {
    grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "b"});
  });
  const FakeGrid::Outcome gone = grid_.Run({"run", "b", "--", "x"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_NE(gone.err.find("deleted while it was followed: tasks.noizy.dev \"b\" not found"),
            std::string::npos);
}

TEST_F(RunTask, WantsPairsForVariablesAndLabels) {
  EXPECT_EQ(grid_.Run({"run", "a", "-e", "A", "--", "x"}).code, 2);
  EXPECT_EQ(grid_.Run({"run", "a", "-l", "=1", "--", "x"}).code, 2);
  EXPECT_EQ(grid_.Run({"run", "a", "b", "--", "x"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
