#include "apiserver/agents/join_token.h"

#include <gtest/gtest.h>

#include <set>

#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
const JoinToken kToken{"abcdef", "0123456789abcdef"};

TEST(JoinTokens, HaveKubeadmsForm) {
  SeededRandom random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = NewJoinToken(random).Text();
    EXPECT_TRUE(ParseJoinToken(text).ok()) << text;
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(JoinTokens, OtherTextsAreRefusedWithoutRepeatingThem) {
  for (const std::string text :
       {"", "abcdef", "abcdef.", ".0123456789abcdef", "ABCDEF.0123456789abcdef",
        "abcdef.0123456789abcde", "abcdef.0123456789abcdef0", "abcdef.0123456789abc.ef",
        "abcde-.0123456789abcdef", "abcdef 0123456789abcdef"}) {
    const Status status = ParseJoinToken(text).status();
    EXPECT_EQ(status.reason(), StatusReason::kBadRequest) << text;
  }
  EXPECT_EQ(ParseJoinToken("hunter2").status().message().find("hunter2"), std::string::npos);
}

TEST(JoinTokens, AreKeptAsHashesOnly) {
  const Secret secret = SecretOf(kToken, kNow + std::chrono::hours(1), "hp-omen");
  EXPECT_EQ(secret.metadata.name, "join-token-abcdef");
  EXPECT_EQ(secret.metadata.ns, "noizy-system");
  EXPECT_EQ(secret.type, "noizy.dev/join-token");
  for (const auto& [name, value] : secret.data) {
    EXPECT_EQ(DecodeBase64(value).ValueOr("").find(kToken.secret), std::string::npos) << name;
  }
}

TEST(JoinTokens, TheRightOneInTimeIsGood) {
  const Secret any = SecretOf(kToken, kNow + std::chrono::hours(1), "");
  EXPECT_TRUE(CheckToken(kToken, &any, "whatever", kNow).ok());
  const Secret bound = SecretOf(kToken, kNow + std::chrono::hours(1), "hp-omen");
  EXPECT_TRUE(CheckToken(kToken, &bound, "hp-omen", kNow).ok());
}

TEST(JoinTokens, AWrongAndAnUnknownOneAreAnsweredAlike) {
  const Secret secret = SecretOf(kToken, kNow + std::chrono::hours(1), "hp-omen");
  const JoinToken wrong{"abcdef", "0123456789abcdee"};
  const Status for_wrong = CheckToken(wrong, &secret, "other", kNow);
  const Status for_unknown = CheckToken(kToken, nullptr, "other", kNow);
  EXPECT_EQ(for_wrong.reason(), StatusReason::kUnauthorized);
  EXPECT_EQ(for_wrong.ToString(), for_unknown.ToString());
  const Secret expired = SecretOf(kToken, kNow, "");
  EXPECT_EQ(CheckToken(wrong, &expired, "x", kNow).ToString(), for_unknown.ToString());
  Secret another_kind = secret;
  another_kind.type = "Opaque";
  EXPECT_EQ(CheckToken(kToken, &another_kind, "hp-omen", kNow).ToString(), for_unknown.ToString());
  EXPECT_NE(for_wrong.message().find("noizy token create"), std::string::npos);
}

TEST(JoinTokens, WhoKnowsTheTokenIsToldWhatIsWrongWithIt) {
  const Secret expired = SecretOf(kToken, kNow, "");
  EXPECT_NE(
      CheckToken(kToken, &expired, "x", kNow).message().find("expired at 2026-01-01T00:00:00Z"),
      std::string::npos);
  EXPECT_TRUE(CheckToken(kToken, &expired, "x", kNow - std::chrono::seconds(1)).ok());
  const Secret bound = SecretOf(kToken, kNow + std::chrono::hours(1), "hp-omen");
  const Status status = CheckToken(kToken, &bound, "other", kNow);
  EXPECT_EQ(status.reason(), StatusReason::kForbidden);
  EXPECT_NE(status.message().find("\"hp-omen\""), std::string::npos);
}

TEST(JoinTokens, OnlyTokensExpire) {
  EXPECT_TRUE(HasExpired(SecretOf(kToken, kNow, ""), kNow));
  EXPECT_FALSE(HasExpired(SecretOf(kToken, kNow + std::chrono::seconds(1), ""), kNow));
  Secret other;
  EXPECT_FALSE(HasExpired(other, kNow));
  Secret broken = SecretOf(kToken, kNow + std::chrono::seconds(1), "");
  broken.data.erase("expiration");
  EXPECT_TRUE(HasExpired(broken, kNow));
}

}  // namespace
}  // namespace noizy::apiserver
