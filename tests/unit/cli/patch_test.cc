#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class PatchCommand : public CliTest {
 protected:
  void SetUp() override { grid_.PutTask("a", "spec: {type: exec}"); }
};

TEST_F(PatchCommand, TakesYamlJsonAndFiles) {
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "-p", "spec: {type: script}"}).out,
            "task.noizy.dev/a patched\n");
  EXPECT_EQ(StringAt(grid_.Task("a"), {"spec", "type"}), "script");
  EXPECT_EQ(
      grid_
          .Run({"patch", "task/a", "--type=json", "-p", R"([{"op":"remove","path":"/spec/type"}])"})
          .code,
      0);
  EXPECT_EQ(ToJson(*Find(grid_.Task("a"), {"spec"})), "{}");
  const std::string path = testing::TempDir() + "/noizy_patch.yaml";
  std::ofstream(path) << "spec: {nodeName: m1}\n";
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "--patch-file", path}).code, 0);
  EXPECT_EQ(StringAt(grid_.Task("a"), {"spec", "nodeName"}), "m1");
}

TEST_F(PatchCommand, TellsWhetherAnythingChanged) {
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "-p", "spec: {type: exec}"}).out,
            "task.noizy.dev/a patched (no change)\n");
}

TEST_F(PatchCommand, ReachesSubresources) {
  EXPECT_EQ(
      grid_.Run({"patch", "task", "a", "--subresource=status", "-p", "status: {phase: Failed}"})
          .code,
      0);
  EXPECT_EQ(StringAt(grid_.Task("a"), {"status", "phase"}), "Failed");
}

TEST_F(PatchCommand, SaysWhatIsWrong) {
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "-p", "a: 1\na: 2"}).err,
            "error: the patch: line 2, column 1: duplicate key \"a\"\n");
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "-p", ""}).code, 1);
  EXPECT_EQ(grid_.Run({"patch", "task", "a", "-p", "{}", "--type=odd"}).code, 2);
  EXPECT_EQ(grid_.Run({"patch", "tasks", "-p", "{}"}).code, 2);
  EXPECT_EQ(grid_.Run({"patch", "task", "none", "-p", "{}"}).err,
            "error: tasks.noizy.dev \"none\" not found\n");
}

}  // namespace
}  // namespace noizy::cli
