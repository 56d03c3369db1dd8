#include <gtest/gtest.h>

#include "machinery/value/base64.h"
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

TEST_F(Token, IsListedWithoutItsSecretAndTakenBack) {
  const ResourceRef secrets{"", "v1", "secrets", true};
  for (const auto& [id, end] :
       {std::pair("abcdef", "2026-01-01T01:00:00Z"), std::pair("ghijkl", "2025-12-31T00:00:00Z")}) {
    grid_.api_.Put(Value(Object{
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata",
         Object{{"name", "join-token-" + std::string(id)}, {"namespace", "noizy-system"}}},
        {"type", "noizy.dev/join-token"},
        {"data", Object{{"expiration", EncodeBase64(end)}, {"node-name", EncodeBase64("m1")}}}}));
  }
  EXPECT_EQ(grid_.Run({"token", "list"}).out,
            "ID       NODE   EXPIRES\nabcdef   m1     in 60m\nghijkl   m1     expired\n");
  EXPECT_EQ(grid_.Run({"token", "revoke", "abcdef.0123456789abcdef"}).out,
            "join token abcdef revoked\n");
  EXPECT_TRUE(grid_.api_.Find(secrets, {"noizy-system", "join-token-abcdef"}).is_null());
  EXPECT_EQ(grid_.Run({"token", "revoke", "abcdef"}).err,
            "error: there is no join token abcdef; it may have been used or have expired\n");
  EXPECT_EQ(grid_.Run({"token", "revoke"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
