#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class ScaleCommand : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("a");
    grid_.documents_["/apis/noizy.dev/v1/namespaces/default/tasks/a/scale"] =
        Yaml("{kind: Scale, metadata: {name: a, resourceVersion: '7'}, spec: {replicas: 2}}");
  }
  std::string Sent() { return std::exchange(grid_.last_post_, {}).body; }
};

TEST_F(ScaleCommand, PatchesTheScale) {
  EXPECT_EQ(grid_.Run({"scale", "task", "a", "--replicas=3"}).out, "task.noizy.dev/a scaled\n");
  EXPECT_EQ(Sent(), R"({"spec":{"replicas":3}})");
}

TEST_F(ScaleCommand, OnlyFromTheNumberSaid) {
  EXPECT_EQ(grid_.Run({"scale", "task/a", "--replicas=0", "--current-replicas=2"}).code, 0);
  EXPECT_EQ(Sent(), R"({"spec":{"replicas":0},"metadata":{"resourceVersion":"7"}})");
  EXPECT_TRUE(grid_.Run({"scale", "task/a", "--replicas=0", "--current-replicas=5"})
                  .err.starts_with("error: task.noizy.dev/a: spec.replicas is 2, not 5 as "));
  EXPECT_EQ(Sent(), "");
}

TEST_F(ScaleCommand, SaysWhatIsWrong) {
  EXPECT_EQ(grid_.Run({"scale", "task", "a"}).code, 2);
  EXPECT_EQ(grid_.Run({"scale", "task", "a", "--replicas=-1"}).code, 2);
  EXPECT_EQ(grid_.Run({"scale", "task", "a", "--replicas=many"}).code, 2);
  EXPECT_EQ(grid_.Run({"scale", "tasks", "--replicas=1"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
