#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Label : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("a", "metadata: {labels: {x: '1'}, annotations: {n: old}}");
    grid_.PutTask("b");
  }
};

TEST_F(Label, SetsAndRemoves) {
  EXPECT_EQ(grid_.Run({"label", "task", "a", "b", "y=2", "z="}).out,
            "task.noizy.dev/a labeled\ntask.noizy.dev/b labeled\n");
  EXPECT_EQ(LabelOf(grid_.Task("b"), "y"), "2");
  EXPECT_EQ(grid_.Run({"label", "task/a", "y-"}).out, "task.noizy.dev/a unlabeled\n");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "y"), "");
  EXPECT_EQ(grid_.Run({"label", "task/a", "y-"}).out, "task.noizy.dev/a not labeled\n");
  EXPECT_EQ(grid_.Run({"label", "tasks", "-l", "x=1", "w=1", "--dry-run=client"}).out,
            "task.noizy.dev/a labeled (dry run)\n");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "w"), "");
}

TEST_F(Label, OverwritesOnlyWhenTold) {
  const FakeGrid::Outcome refused = grid_.Run({"label", "tasks", "--all", "x=9"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.err,
            "error: task.noizy.dev/a: \"x\" has the value \"1\" already; --overwrite changes it\n");
  EXPECT_EQ(refused.out, "task.noizy.dev/b labeled\n");
  EXPECT_EQ(grid_.Run({"label", "task", "a", "x=9", "--overwrite"}).out,
            "task.noizy.dev/a labeled\n");
  EXPECT_EQ(LabelOf(grid_.Task("a"), "x"), "9");
}

TEST_F(Label, AnnotatesToo) {
  EXPECT_EQ(grid_.Run({"annotate", "task", "a", "m=a=b", "n-"}).out,
            "task.noizy.dev/a annotated\n");
  EXPECT_EQ(AnnotationOf(grid_.Task("a"), "m"), "a=b");
  EXPECT_EQ(AnnotationOf(grid_.Task("a"), "n"), "");
}

TEST_F(Label, RefusesWhatItCannotRead) {
  EXPECT_EQ(grid_.Run({"label", "task", "a", "=1"}).code, 2);
  EXPECT_EQ(grid_.Run({"label", "task", "a", "x=1", "x-"}).code, 2);
  EXPECT_EQ(grid_.Run({"label", "tasks", "y=1"}).code, 2);
  EXPECT_EQ(grid_.Run({"label", "y=1"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
