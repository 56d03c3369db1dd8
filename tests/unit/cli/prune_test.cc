#include "cli/prune.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

std::string Manifest(std::string_view name, std::string_view labels = "{set: x}") {
  return "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: " + std::string(name) +
         ", labels: " + std::string(labels) + "}\n---\n";
}

class PruneTest : public CliTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(grid_.Run({"apply", "-f", "-"}, Manifest("kept") + Manifest("left")).code, 0);
  }
  bool IsThere(const std::string& name) { return !grid_.Task(name).is_null(); }
};

TEST_F(PruneTest, WhatIsInNoFileGoes) {
  const auto told = grid_.Run({"apply", "-f", "-", "--prune", "-l", "set=x"}, Manifest("kept"));
  EXPECT_EQ(told.out, "task.noizy.dev/kept unchanged\ntask.noizy.dev/left pruned\n") << told.err;
  EXPECT_TRUE(IsThere("kept"));
  EXPECT_FALSE(IsThere("left"));
}

TEST_F(PruneTest, OnlyWhatApplyHasMadeAndTheSelectorCovers) {
  grid_.PutTask("made", "metadata: {labels: {set: x}}");
  ASSERT_EQ(grid_.Run({"apply", "-f", "-"}, Manifest("other", "{set: y}")).code, 0);
  ASSERT_EQ(grid_.Run({"apply", "-f", "-", "--prune", "-l", "set=x"}, Manifest("kept")).code, 0);
  EXPECT_TRUE(IsThere("made"));
  EXPECT_TRUE(IsThere("other"));
  EXPECT_FALSE(IsThere("left"));
}

TEST_F(PruneTest, OnlyKindsAllowed) {
  const std::vector<std::string> prune = {"apply", "-f", "-", "--prune", "--all"};
  std::vector<std::string> maps = prune;
  maps.push_back("--prune-allowlist=core/v1/ConfigMap");
  ASSERT_EQ(grid_.Run(maps, Manifest("kept")).code, 0);
  EXPECT_TRUE(IsThere("left"));
  maps.back() = "--prune-allowlist=noizy.dev/v1/Odd";
  EXPECT_EQ(grid_.Run(maps, Manifest("kept")).code, 1);
  maps.back() = "--prune-allowlist=Task";
  EXPECT_EQ(grid_.Run(maps, Manifest("kept")).code, 2);
  ASSERT_EQ(grid_.Run(prune, Manifest("kept")).code, 0);
  EXPECT_FALSE(IsThere("left"));
}

TEST_F(PruneTest, DryRunsAndFailuresPruneNothing) {
  const auto told =
      grid_.Run({"apply", "-f", "-", "--prune", "--all", "--dry-run=client"}, Manifest("kept"));
  EXPECT_NE(told.out.find("task.noizy.dev/left pruned (dry run)\n"), std::string::npos);
  const std::string odd = "{apiVersion: v9, kind: Odd, metadata: {name: a}}";
  EXPECT_EQ(grid_.Run({"apply", "-f", "-", "--prune", "--all"}, Manifest("kept") + odd).code, 1);
  EXPECT_TRUE(IsThere("left"));
}

TEST_F(PruneTest, WantsToBeToldHowFarItGoes) {
  EXPECT_EQ(grid_.Run({"apply", "-f", "-", "--prune"}, Manifest("kept")).code, 2);
  EXPECT_EQ(grid_.Run({"apply", "-f", "-", "--prune", "--all", "-l", "a=b"}, "").code, 2);
  EXPECT_EQ(grid_.Run({"apply", "-f", "-", "--prune", "--all", "--server-side"}, "").code, 2);
}

}  // namespace
}  // namespace noizy::cli
