#include "machinery/scheduling/grid_copy.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

std::shared_ptr<const Task> TaskIn(const std::string& phase, const std::string& name,
                                   std::vector<std::string> depends_on = {}) {
  Task task;
  task.metadata.name = name;
  task.metadata.ns = "default";
  task.spec.type = "exec";
  task.spec.depends_on = std::move(depends_on);
  task.spec.resources.requests["cpu"] = IntOrString("1");
  task.status.phase = phase;
  if (phase == "Running") task.status.node_name = "n1";
  return std::make_shared<const Task>(std::move(task));
}

GridObjects OneNode() {
  Node node;
  node.metadata.name = "n1";
  node.status.conditions = {{"Ready", "True", "Heard", {}, {}, 0}};
  node.status.capabilities = {"exec"};
  node.status.allocatable["cpu"] = IntOrString("2");
  GridObjects objects;
  objects.nodes = {std::make_shared<const Node>(node)};
  return objects;
}

TEST(GridCopy, DecidesAsTheSchedulerWould) {
  GridObjects objects = OneNode();
  objects.tasks = {TaskIn("Running", "there"), TaskIn("Pending", "a"), TaskIn("Pending", "b")};
  GridCopy copy(objects);
  const Plan plan = Decide(copy.grid, kNow);
  EXPECT_EQ(Bound(plan), "a→n1");
  EXPECT_NE(MessageFor(plan, "b").find("insufficient cpu"), std::string::npos);
}

TEST(GridCopy, LeavesOutWhoseDependenciesAreNotFulfilled) {
  GridObjects objects = OneNode();
  objects.tasks = {TaskIn("Succeeded", "first"), TaskIn("Pending", "next", {"first"}),
                   TaskIn("Pending", "later", {"next"})};
  GridCopy copy(objects);
  EXPECT_EQ(Bound(Decide(copy.grid, kNow)), "next→n1");
  EXPECT_EQ(copy.grid.Find({"default", "later"}), nullptr);
}

TEST(GridCopy, KeepsToQuotas) {
  GridObjects objects = OneNode();
  objects.tasks = {TaskIn("Pending", "a"), TaskIn("Pending", "b")};
  ResourceQuota quota;
  quota.metadata.ns = "default";
  quota.spec.hard["tasks"] = IntOrString("1");
  objects.quotas = {std::make_shared<const ResourceQuota>(quota)};
  GridCopy copy(objects);
  EXPECT_EQ(Bound(Decide(copy.grid, kNow)), "a→n1");
}

}  // namespace
}  // namespace noizy::scheduling
