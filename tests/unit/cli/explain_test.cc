#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class ExplainCommand : public CliTest {
 protected:
  void SetUp() override {
    grid_.documents_["/openapi/v3/apis/noizy.dev/v1"] = Yaml(R"(
components:
  schemas:
    dev.noizy.v1.Task:
      x-kubernetes-group-version-kind: [{group: noizy.dev, version: v1, kind: Task}]
      type: object
      description: A unit of work.
      properties:
        spec: {type: object, properties: {priority: {type: integer, description: Higher first.}}}
)");
    grid_.documents_["/openapi/v3/api/v1"] = Yaml(R"(
components:
  schemas:
    ConfigMap:
      x-kubernetes-group-version-kind: [{group: "", version: v1, kind: ConfigMap}]
      type: object
)");
  }
};

TEST_F(ExplainCommand, FindsTheKindAndItsFields) {
  const auto told = grid_.Run({"explain", "tasks.spec"});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_NE(told.out.find("priority\t<integer>\n    Higher first.\n"), std::string::npos);
  EXPECT_NE(grid_.Run({"explain", "tasks.noizy.dev.spec.priority"}).out.find("FIELD: priority"),
            std::string::npos);
  EXPECT_NE(grid_.Run({"explain", "cm"}).out.find("KIND:       ConfigMap"), std::string::npos);
  EXPECT_NE(grid_.Run({"explain", "task", "--recursive"}).out.find("    priority\t<integer>\n"),
            std::string::npos);
}

TEST_F(ExplainCommand, SaysWhatIsWrong) {
  EXPECT_EQ(grid_.Run({"explain", "task.colour"}).code, 1);
  EXPECT_NE(grid_.Run({"explain", "widgets.spec"}).err.find("widgets"), std::string::npos);
  EXPECT_EQ(grid_.Run({"explain"}).code, 2);
  EXPECT_EQ(grid_.Run({"explain", "task", "--api-version=noizy.dev/v7"}).code, 1);
}

}  // namespace
}  // namespace noizy::cli
