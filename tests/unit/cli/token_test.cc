#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using Token = CliTest;

TEST_F(Token, IsAloneOnStdoutAndTheCommandOnStderr) {
  const FakeGrid::Outcome made = grid_.Run({"token", "create"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(made.out, "abc.def\n");
  EXPECT_NE(
      made.err.find(
          "\n  noizy agent --join 10.0.0.1:6444 --token abc.def --ca-hash sha256:00 --name NAME\n"),
      std::string::npos);
  EXPECT_EQ(grid_.last_post_.body, R"({"ttlSeconds":3600})");
  EXPECT_EQ(grid_.last_post_.method, "POST");
}

TEST_F(Token, SendsWhatTheFlagsSay) {
  EXPECT_NE(
      grid_.Run({"token", "create", "--ttl=90s", "--node-name", "m1"}).err.find("--name m1\n"),
      std::string::npos);
  EXPECT_EQ(grid_.last_post_.body, R"({"ttlSeconds":90,"nodeName":"m1"})");
  EXPECT_EQ(grid_.Run({"token", "create", "x"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
