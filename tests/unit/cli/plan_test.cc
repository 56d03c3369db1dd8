#include <gtest/gtest.h>

#include "cli/grid_copy.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "machinery/client/typed.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Plan : public CliTest {
 protected:
  Plan() {
    grid_.api_.AddKind<RoutingPolicy>();
    grid_.api_.AddKind<ResourceQuota>();
  }
};

TEST_F(Plan, ShowsWhereTasksWouldRunAndWritesNothing) {
  grid_.api_.Put(
      Yaml("apiVersion: noizy.dev/v1\nkind: Node\nmetadata: {name: m1}\nstatus:\n"
           "  conditions: [{type: Ready, status: 'True'}]\n  capabilities: [exec]\n"
           "  allocatable: {cpu: 2}\n"));
  const std::string head = "apiVersion: noizy.dev/v1\nkind: Task\n";
  const auto task = [&](const std::string& name, const std::string& spec) {
    return head + "metadata: {name: " + name +
           ", namespace: default}\nspec: {type: exec, exec: {command: [x]}" + spec +
           "}\nstatus: {phase: Pending}\n---\n";
  };
  const FakeGrid::Outcome outcome =
      grid_.Run({"plan", "-f", "-"}, task("fits", ", resources: {requests: {cpu: 1}}") +
                                         task("large", ", resources: {requests: {cpu: 9}}") +
                                         task("later", ", dependsOn: [fits]"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "TASK         NODE      BY              WHY\n"
            "task/fits    m1        FastestFinish   the only node that can run it; how long such "
            "Tasks take is not known yet\n"
            "task/large   <waits>   Unschedulable   0/1 nodes are available: 1 node(s) had "
            "insufficient cpu.\n"
            "task/later   <waits>   Dependencies    it is placed once the Tasks that it depends on "
            "have succeeded\n");
  for (const FakeApi::Request& request : grid_.api_.Writes())
    EXPECT_NE(request.query.find("dryRun=All"), std::string::npos) << request.path;
}

TEST_F(Plan, WantsAFile) {
  EXPECT_EQ(grid_.Run({"plan"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
