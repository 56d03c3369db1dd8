#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class TopCommands : public CliTest {
 protected:
  void PutNode(std::string_view name, std::string_view status) {
    Value node = Yaml("{apiVersion: noizy.dev/v1, kind: Node}");
    Set(node, {"metadata", "name"}, boost::json::string(name));
    Set(node, {"status"}, Yaml(status));
    grid_.api_.Put(std::move(node));
  }
};

TEST_F(TopCommands, NodesWithTheirShares) {
  PutNode("big",
          "{capacity: {cpu: '8', memory: 16Gi}, usage: {cpuPercent: 25.4, memoryBytes: 4294967296, "
          "gpuPercent: 3, runningTasks: 2, observedTime: '2026-01-01T00:00:00Z'}}");
  PutNode("new", "{capacity: {cpu: '2'}}");
  EXPECT_EQ(grid_.Run({"top", "nodes"}).out,
            "NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   GPU(%)      TASKS\n"
            "big    2032m        25%         4096Mi          25%         3%          2\n"
            "new    <unknown>    <unknown>   <unknown>       <unknown>   <unknown>   <unknown>\n");
}

TEST_F(TopCommands, NodesSortedByWhatIsAskedFor) {
  const char* const usage =
      "{capacity: {cpu: %, memory: 1Gi}, usage: {cpuPercent: 10, memoryBytes: 1048576, "
      "observedTime: x}}";
  for (const auto& [name, cores] : {std::pair("a", "1"), std::pair("b", "4")}) {
    std::string status(usage);
    status.replace(status.find('%'), 1, cores);
    PutNode(name, status);
  }
  const std::string out = grid_.Run({"top", "nodes", "--sort-by=cpu", "--no-headers"}).out;
  EXPECT_TRUE(out.starts_with("b     400m   10%   1Mi   0%")) << out;
  EXPECT_EQ(grid_.Run({"top", "nodes", "--sort-by=colour"}).code, 2);
  EXPECT_TRUE(grid_.Run({"top", "nodes", "a", "--no-headers"}).out.starts_with("a     100m"));
}

TEST_F(TopCommands, RunningTasksWithWhatTheyHold) {
  grid_.PutTask("idle", "status: {phase: Pending}");
  EXPECT_EQ(grid_.Run({"top", "tasks"}).err, "No running tasks found.\n");
  grid_.PutTask("busy",
                "spec: {resources: {requests: {cpu: 500m, memory: 256Mi}}}\n"
                "status: {phase: Running, nodeName: m1}");
  const std::string out = grid_.Run({"top", "tasks"}).out;
  EXPECT_TRUE(
      out.starts_with("NAME   NODE   CPU(requested)   MEMORY(requested)   RUNNING\n"
                      "busy   m1     500m             256Mi "))
      << out;
  EXPECT_NE(grid_.Run({"top", "tasks", "-A"}).out.find("default     busy"), std::string::npos);
}

}  // namespace
}  // namespace noizy::cli
