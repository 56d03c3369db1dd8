#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using Cordon = CliTest;

TEST_F(Cordon, TurnsOneFieldOnAndOff) {
  const ResourceRef nodes{"noizy.dev", "v1", "nodes", false};
  for (const char* name : {"m1", "m2"}) {
    grid_.api_.Put(Yaml("apiVersion: noizy.dev/v1\nkind: Node\nmetadata: {name: " +
                        std::string(name) + ", labels: {gpu: rtx}}\n"));
  }
  EXPECT_EQ(grid_.Run({"cordon", "m1"}).out, "node.noizy.dev/m1 cordoned\n");
  EXPECT_TRUE(BoolAt(grid_.api_.Find(nodes, {"", "m1"}), {"spec", "unschedulable"}));
  EXPECT_EQ(grid_.Run({"cordon", "-l", "gpu=rtx"}).out,
            "node.noizy.dev/m1 already cordoned\nnode.noizy.dev/m2 cordoned\n");
  EXPECT_EQ(grid_.Run({"uncordon", "m1", "--dry-run=client"}).out,
            "node.noizy.dev/m1 uncordoned (dry run)\n");
  EXPECT_EQ(grid_.Run({"uncordon", "m1", "m2"}).out,
            "node.noizy.dev/m1 uncordoned\nnode.noizy.dev/m2 uncordoned\n");
  EXPECT_FALSE(BoolAt(grid_.api_.Find(nodes, {"", "m1"}), {"spec", "unschedulable"}));
  EXPECT_EQ(grid_.Run({"uncordon", "m1"}).out, "node.noizy.dev/m1 already uncordoned\n");
  const FakeGrid::Outcome missing = grid_.Run({"cordon", "none", "m2"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "error: nodes.noizy.dev \"none\" not found\n");
  EXPECT_EQ(missing.out, "node.noizy.dev/m2 cordoned\n");
  EXPECT_EQ(grid_.Run({"cordon", "m1", "-l", "a=b"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
