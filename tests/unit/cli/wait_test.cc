#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Wait : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("a", "metadata: {labels: {x: '1'}}\nstatus: {phase: Running}");
  }
};

TEST_F(Wait, ForAConditionOfThisGeneration) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest& request) {
    if (++streams == 1) grid_.Progress("a", "conditions: [{type: Complete, status: 'False'}]");
    if (streams == 2)
      grid_.Progress("a", "conditions: [{type: Complete, status: 'True', observedGeneration: 0}]");
    if (streams == 3)
      grid_.Progress("a", "conditions: [{type: complete, status: 'True', observedGeneration: 1}]");
    EXPECT_NE(request.query.find("fieldSelector=metadata.name%3Da"), std::string::npos)
        << request.query;
  });
  const FakeGrid::Outcome waited = grid_.Run({"wait", "task/a", "--for=condition=Complete"});
  EXPECT_EQ(waited.code, 0) << waited.err;
  EXPECT_EQ(waited.out, "task.noizy.dev/a condition met\n");
  EXPECT_EQ(streams, 3);
}

TEST_F(Wait, ForAValue) {
  EXPECT_EQ(grid_.Run({"wait", "task", "a", "--for=jsonpath={.status.phase}=Running"}).code, 0);
  EXPECT_EQ(grid_.Run({"wait", "task", "-l", "x=1", "--for=jsonpath={.status.phase}"}).code, 0);
  EXPECT_EQ(grid_.Run({"wait", "tasks", "--all", "--for", "jsonpath=.status.phase=Running"}).code,
            0);
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=condition=Ready=False", "--timeout=0"}).code, 1);
}

TEST_F(Wait, GivesUpInTime) {
  const MonotonicTime before = grid_.clock_.Monotonic();
  const FakeGrid::Outcome waited =
      grid_.Run({"wait", "task/a", "--for=condition=Never", "--timeout=5s"});
  EXPECT_EQ(waited.code, 1);
  EXPECT_EQ(waited.err, "error: timed out waiting for task.noizy.dev/a\n");
  EXPECT_EQ(grid_.clock_.Monotonic() - before, std::chrono::seconds(5));
}

TEST_F(Wait, ForDeletionAndCreation) {
  grid_.OnStream([&](const HttpRequest&) {
    grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "a"});
  });
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=delete"}).out, "task.noizy.dev/a deleted\n");
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=delete"}).code, 0) << "gone already";
  grid_.OnStream([&](const HttpRequest&) { grid_.PutTask("a"); });
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=create", "--timeout=-1s"}).code, 0);
}

TEST_F(Wait, NeedsSomethingToWaitFor) {
  EXPECT_EQ(grid_.Run({"wait", "task/none", "--for=condition=Ready"}).err,
            "error: tasks.noizy.dev \"none\" not found\n");
  EXPECT_EQ(grid_.Run({"wait", "tasks", "-l", "x=9", "--for=condition=Ready"}).err,
            "error: no objects match the selector\n");
  EXPECT_EQ(grid_.Run({"wait", "tasks", "-l", "x=9", "--for=delete"}).code, 0);
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=jsonpath={.a"}).code, 2);
}

TEST_F(Wait, BeginsAgainWhenTheHistoryIsGone) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) {
      grid_.PutTask("other");
      grid_.api_.Compact();
    }
    if (streams == 2) grid_.Progress("a", "phase: Succeeded");
  });
  EXPECT_EQ(grid_.Run({"wait", "task/a", "--for=jsonpath={.status.phase}=Succeeded"}).code, 0);
}

}  // namespace
}  // namespace noizy::cli
