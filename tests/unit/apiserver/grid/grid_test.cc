#include "apiserver/grid/grid.h"

#include "tests/unit/apiserver/grid/grid_fixture.h"

namespace noizy::apiserver {
namespace {

TEST_F(GridServiceTest, HealthCountsNodesForThoseWhoMayListThem) {
  Apply("/apis/noizy.dev/v1/nodes", "{apiVersion: noizy.dev/v1, kind: Node, metadata: {name: a}}");
  Box<Result<v1::HealthCheckResponse>> answers;
  grid_.HealthCheck(admin_, [&](auto answer) { answers.Put(answer); });
  (void)answers.Await(1);
  grid_.HealthCheck(nobody_, [&](auto answer) { answers.Put(answer); });
  const auto both = answers.Await(2);
  EXPECT_EQ(both.at(0)->nodes(), 1);
  EXPECT_EQ(both.at(0)->ready_nodes(), 0);
  EXPECT_NE(both.at(0)->version(), "");
  EXPECT_EQ(both.at(1)->nodes(), 0);
}

}  // namespace
}  // namespace noizy::apiserver
