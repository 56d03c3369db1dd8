#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using ApiResources = CliTest;

TEST_F(ApiResources, LookLikeKubectls) {
  const std::string all = grid_.Run({"api-resources"}).out;
  EXPECT_EQ(all.substr(0, all.find('\n')),
            "NAME                        SHORTNAMES   APIVERSION                NAMESPACED   KIND");
  EXPECT_NE(all.find("\nconfigmaps                  cm           v1                        true    "
                     "     ConfigMap\n"),
            std::string::npos)
      << all;
}

TEST_F(ApiResources, ArePicked) {
  EXPECT_EQ(grid_.Run({"api-resources", "--api-group=noizy.dev", "-o", "name"}).out,
            "nodes.noizy.dev\ntasks.noizy.dev\n");
  EXPECT_EQ(
      grid_.Run({"api-resources", "--api-group=noizy.dev", "--namespaced=false", "--no-headers"})
          .out,
      "nodes         noizy.dev/v1   false   Node\n");
  EXPECT_EQ(grid_
                .Run({"api-resources", "--api-group=noizy.dev", "--namespaced", "-o", "wide",
                      "--no-headers"})
                .out,
            "tasks         noizy.dev/v1   true   Task   get,list,watch   all\n");
  EXPECT_EQ(grid_.Run({"api-resources", "--verbs=list,create", "--no-headers"}).out, "");
  EXPECT_EQ(grid_.Run({"api-resources", "-o", "json"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
