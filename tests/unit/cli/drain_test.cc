#include <gtest/gtest.h>

#include "kinds/task.h"
#include "machinery/client/typed.h"
#include "machinery/meta/condition.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Drain : public CliTest {
 protected:
  Drain() { grid_.api_.Put(Yaml("apiVersion: noizy.dev/v1\nkind: Node\nmetadata: {name: m1}\n")); }
  void Running(const std::string& name, const std::string& spec = "") {
    grid_.api_.Put(Yaml("apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: " + name +
                        ", namespace: default}\nspec: {exec: {command: [x]}" + spec +
                        "}\nstatus: {phase: Running, nodeName: m1, attempt: 1}\n"));
  }
  Task Get(const std::string& name) { return *grid_.api_.Find<Task>({"default", name}); }
  bool IsCordoned() {
    return BoolAt(grid_.api_.Find({"noizy.dev", "v1", "nodes", false}, {"", "m1"}),
                  {"spec", "unschedulable"});
  }
};

TEST_F(Drain, AsksEachTaskAndWaitsUntilAllHaveLeft) {
  Running("a");
  // The agent and the task controller, as soon as they hear of it.
  bool left = false;
  const auto listening = grid_.api_.Listen([&](const ResourceRef&) {
    Task task = Get("a");
    if (left || !IsConditionTrue(task.status.conditions, "DisruptionTarget")) return;
    left = true;
    task.status.phase = "Pending";
    task.status.node_name.clear();
    grid_.api_.Put(task.ToValue());
  });
  const FakeGrid::Outcome outcome = grid_.Run({"drain", "node/m1"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "node/m1 cordoned\ntask/a asked to leave\nnode/m1 drained\n");
  EXPECT_TRUE(IsCordoned());
  EXPECT_EQ(FindCondition(Get("a").status.conditions, "DisruptionTarget")->reason, "Drained");
}

TEST_F(Drain, LeavesAloneWhatMayRunNowhereElse) {
  Running("pinned", ", failover: Pinned");
  const FakeGrid::Outcome refused = grid_.Run({"drain", "m1"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("default/pinned"), std::string::npos) << refused.err;
  EXPECT_TRUE(IsCordoned()) << "nothing more comes";
  EXPECT_EQ(grid_.Run({"drain", "m1", "--ignore-bound"}).out,
            "node/m1 cordoned\nnode/m1 drained\n");
  EXPECT_TRUE(Get("pinned").status.conditions.empty());
}

TEST_F(Drain, ADryRunChangesNothing) {
  Running("a");
  EXPECT_EQ(grid_.Run({"drain", "m1", "--dry-run"}).out,
            "node/m1 cordoned (dry run)\ntask/a asked to leave (dry run)\n");
  EXPECT_FALSE(IsCordoned());
  EXPECT_TRUE(Get("a").status.conditions.empty());
}

TEST_F(Drain, WantsANodeThatIsThere) {
  EXPECT_EQ(grid_.Run({"drain"}).code, 2);
  EXPECT_EQ(grid_.Run({"drain", "none"}).err, "error: nodes.noizy.dev \"none\" not found\n");
}

}  // namespace
}  // namespace noizy::cli
