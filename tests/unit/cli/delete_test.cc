#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Delete : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("a", "metadata: {labels: {x: '1'}}");
    grid_.PutTask("b");
  }
  std::string LastBody() { return grid_.api_.Writes().back().body; }
};

TEST_F(Delete, ByNameSelectorAllAndFile) {
  EXPECT_EQ(grid_.Run({"delete", "task", "a"}).out, "task.noizy.dev \"a\" deleted\n");
  grid_.PutTask("a", "metadata: {labels: {x: '1'}}");
  EXPECT_EQ(grid_.Run({"delete", "tasks", "-l", "x=1"}).out, "task.noizy.dev \"a\" deleted\n");
  grid_.PutTask("a");
  EXPECT_EQ(grid_.Run({"delete", "tasks", "--all"}).out,
            "task.noizy.dev \"a\" deleted\ntask.noizy.dev \"b\" deleted\n");
  grid_.PutTask("a");
  const char* const kManifest = "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a}";
  EXPECT_EQ(grid_.Run({"delete", "-f", "-", "-o", "name"}, kManifest).out, "task.noizy.dev/a\n");
  EXPECT_EQ(grid_.Run({"delete", "tasks", "--all"}).err, "No resources found\n");
}

TEST_F(Delete, SendsItsOptions) {
  grid_.Run({"delete", "task", "a", "--grace-period=7", "--cascade=foreground", "--wait=false"});
  EXPECT_EQ(*IntAt(*ParseJson(LastBody()), {"gracePeriodSeconds"}), 7);
  EXPECT_EQ(StringAt(*ParseJson(LastBody()), {"propagationPolicy"}), "Foreground");
  grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "a"});
  grid_.PutTask("a");
  EXPECT_EQ(grid_.Run({"delete", "task", "a", "--force"}).out,
            "task.noizy.dev \"a\" force deleted\n");
  EXPECT_EQ(*IntAt(*ParseJson(LastBody()), {"gracePeriodSeconds"}), 0);
  grid_.PutTask("a");
  grid_.Run({"delete", "task", "a", "--now"});
  EXPECT_EQ(*IntAt(*ParseJson(LastBody()), {"gracePeriodSeconds"}), 1);
  EXPECT_EQ(StringAt(*ParseJson(LastBody()), {"propagationPolicy"}), "Background");
  EXPECT_EQ(grid_.Run({"delete", "task", "b", "--cascade=sideways"}).code, 2);
}

TEST_F(Delete, WaitsUntilTheObjectIsGone) {
  grid_.PutTask("f", "metadata: {finalizers: [x/y]}");
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 2) grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "f"});
  });
  EXPECT_EQ(grid_.Run({"delete", "task", "f"}).code, 0);
  EXPECT_EQ(streams, 2);
}

TEST_F(Delete, ANewObjectOfTheSameNameIsAnother) {
  grid_.PutTask("f", "metadata: {finalizers: [x/y]}");
  grid_.OnStream([&](const HttpRequest&) {
    grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "f"});
    grid_.PutTask("f");
  });
  EXPECT_EQ(grid_.Run({"delete", "task", "f"}).code, 0);
  EXPECT_FALSE(grid_.Task("f").is_null());
}

TEST_F(Delete, MayWaitInVainOrNotAtAll) {
  grid_.PutTask("f", "metadata: {finalizers: [x/y]}");
  EXPECT_EQ(grid_.Run({"delete", "task", "f", "--wait=false"}).code, 0);
  const FakeGrid::Outcome vain = grid_.Run({"delete", "task", "f", "--timeout=3s"});
  EXPECT_EQ(vain.code, 1);
  EXPECT_EQ(vain.err, "error: timed out waiting for task.noizy.dev/f\n");
}

TEST_F(Delete, SaysWhatIsNotThereAndGoesOn) {
  const FakeGrid::Outcome some = grid_.Run({"delete", "task", "none", "a"});
  EXPECT_EQ(some.code, 1);
  EXPECT_EQ(some.err, "error: tasks.noizy.dev \"none\" not found\n");
  EXPECT_EQ(some.out, "task.noizy.dev \"a\" deleted\n");
  EXPECT_EQ(grid_.Run({"delete", "task", "none", "--ignore-not-found"}).code, 0);
}

TEST_F(Delete, DryRuns) {
  EXPECT_EQ(grid_.Run({"delete", "task", "a", "--dry-run=client"}).out,
            "task.noizy.dev \"a\" deleted (dry run)\n");
  EXPECT_TRUE(grid_.api_.Writes().empty());
  EXPECT_EQ(grid_.Run({"delete", "task", "a", "--dry-run=server"}).out,
            "task.noizy.dev \"a\" deleted (server dry run)\n");
  EXPECT_NE(LastBody().find("dryRun"), std::string::npos);
}

}  // namespace
}  // namespace noizy::cli
