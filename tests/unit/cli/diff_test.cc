#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class DiffCommand : public CliTest {
 protected:
  bool WasADryRun() const {
    return grid_.api_.Writes().back().query.find("dryRun=All") != std::string::npos;
  }
};

constexpr char kTask[] =
    "{apiVersion: noizy.dev/v1, kind: Task, metadata: {name: a}, spec: {type: ";

TEST_F(DiffCommand, NothingToDoIsExitCode0) {
  const std::string manifest = std::string(kTask) + "exec}}";
  ASSERT_EQ(grid_.Run({"apply", "-f", "-"}, manifest).code, 0);
  const auto told = grid_.Run({"diff", "-f", "-"}, manifest);
  EXPECT_EQ(told.out + told.err, "");
  EXPECT_EQ(told.code, 0);
}

TEST_F(DiffCommand, ShowsChangesAndMakesNone) {
  ASSERT_EQ(grid_.Run({"apply", "-f", "-"}, std::string(kTask) + "exec}}").code, 0);
  const auto told = grid_.Run({"diff", "-f", "-"}, std::string(kTask) + "script}}");
  EXPECT_EQ(told.code, 1);
  EXPECT_TRUE(told.out.starts_with(
      "--- live/noizy.dev.v1.Task.default.a\n+++ merged/noizy.dev.v1.Task.default.a\n@@"))
      << told.out << told.err;
  EXPECT_NE(told.out.find("-  type: exec\n+  type: script\n"), std::string::npos);
  EXPECT_TRUE(WasADryRun());
}

TEST_F(DiffCommand, ANewObjectIsAllPlus) {
  const auto told = grid_.Run({"diff", "-f", "-"}, std::string(kTask) + "exec}}");
  EXPECT_EQ(told.code, 1);
  EXPECT_NE(told.out.find("+kind: Task\n"), std::string::npos) << told.out << told.err;
  EXPECT_EQ(told.out.find("\n-"), std::string::npos);
  EXPECT_TRUE(WasADryRun());
}

TEST_F(DiffCommand, AnErrorIsNoDifference) {
  const auto told =
      grid_.Run({"diff", "-f", "-"}, "{apiVersion: v9, kind: Odd, metadata: {name: a}}");
  EXPECT_EQ(told.code, 2);
  EXPECT_NE(told.err.find("Odd"), std::string::npos);
  EXPECT_EQ(grid_.Run({"diff"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
