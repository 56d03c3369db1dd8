#include "apiserver/authentication/service_account_tokens.h"

#include "apiserver/authentication/json_web_token.h"
#include "tests/unit/apiserver/authentication/tokens_fixture.h"

namespace noizy::apiserver {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ServiceAccountTokensTest = TokensTest;

TEST_F(ServiceAccountTokensTest, ATokenSaysWhoseItIs) {
  const auto owner = tokens_.Authenticate(Issue({}).token);
  ASSERT_TRUE(owner.ok()) << owner.status().message();
  EXPECT_EQ(owner->identity.user, "system:serviceaccount:team:bot");
  EXPECT_EQ(owner->identity.uid, "u-bot");
  EXPECT_EQ(owner->identity.groups,
            (std::vector<std::string>{"system:serviceaccounts", "system:serviceaccounts:team",
                                      "system:authenticated"}));
  EXPECT_TRUE(owner->identity.extra.contains("authentication.kubernetes.io/credential-id"));
}

TEST_F(ServiceAccountTokensTest, ClaimsAreKubernetes) {
  const Value claims = *VerifyToken(key_, Issue({}).token);
  EXPECT_EQ(StringAt(claims, {"sub"}), "system:serviceaccount:team:bot");
  EXPECT_EQ(StringAt(claims, {"iss"}), kTokenIssuer);
  EXPECT_EQ(ToJson(*Find(claims, {"kubernetes.io"})),
            R"({"namespace":"team","serviceaccount":{"name":"bot","uid":"u-bot"}})");
  EXPECT_EQ(*IntAt(claims, {"exp"}) - *IntAt(claims, {"iat"}), 3600);
  EXPECT_FALSE(StringAt(claims, {"jti"}).empty());
}

TEST_F(ServiceAccountTokensTest, TimeEndsIt) {
  TokenWish wish;
  wish.lifetime = seconds(600);
  const IssuedToken issued = Issue(wish);
  EXPECT_EQ(issued.expires, clock_.Now() + seconds(600));
  clock_.Advance(seconds(599));
  EXPECT_EQ(Check(issued.token), StatusReason::kOk);
  clock_.Advance(seconds(1));
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized);
}

TEST_F(ServiceAccountTokensTest, ATokenOfLaterIsNotYetGood) {
  const IssuedToken issued = Issue({});
  clock_.SetWall(clock_.Now() - hours(1));
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized);
}

TEST_F(ServiceAccountTokensTest, ItDiesWithItsServiceAccount) {
  const IssuedToken issued = Issue({});
  EXPECT_EQ(Check(issued.token), StatusReason::kOk);
  Delete("serviceaccounts", "team", "bot");
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized);
  MakeObject("serviceaccounts", "bot", "u-other");
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized) << "another one of the same name";
}

TEST_F(ServiceAccountTokensTest, ItDiesWithItsSecret) {
  TokenWish wish;
  wish.bound_secret = "s";
  const IssuedToken issued = Issue(wish);
  EXPECT_EQ(Check(issued.token), StatusReason::kOk);
  Delete("secrets", "team", "s");
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized);
}

TEST_F(ServiceAccountTokensTest, AudiencesMustMeet) {
  TokenWish wish;
  wish.audiences = {"vault", "registry"};
  const IssuedToken issued = Issue(wish);
  EXPECT_EQ(Check(issued.token), StatusReason::kUnauthorized) << "not meant for this server";
  const auto owner = tokens_.Authenticate(issued.token, {"registry", "other"});
  ASSERT_TRUE(owner.ok());
  EXPECT_EQ(owner->audiences, std::vector<std::string>{"registry"});
  EXPECT_EQ(Check(issued.token, {"other"}), StatusReason::kUnauthorized);
}

TEST_F(ServiceAccountTokensTest, NothingIsIssuedForWhatIsNotThere) {
  TokenWish wish{.ns = "team",
                 .service_account = "nobody",
                 .audiences = {},
                 .bound_secret = {},
                 .bound_uid = {}};
  EXPECT_EQ(tokens_.Issue(wish).status().reason(), StatusReason::kNotFound);
  wish.service_account = "bot";
  wish.bound_secret = "none";
  EXPECT_EQ(tokens_.Issue(wish).status().reason(), StatusReason::kNotFound);
  wish.bound_secret = "s";
  wish.bound_uid = "u-wrong";
  EXPECT_EQ(tokens_.Issue(wish).status().reason(), StatusReason::kConflict);
}

TEST_F(ServiceAccountTokensTest, ManyTokensDoNotFillTheMemory) {
  const IssuedToken first = Issue({});
  for (int i = 0; i < 1100; ++i) EXPECT_EQ(Check(Issue({}).token), StatusReason::kOk);
  EXPECT_EQ(Check(first.token), StatusReason::kOk);
}

}  // namespace
}  // namespace noizy::apiserver
