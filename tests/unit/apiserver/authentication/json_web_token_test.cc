#include "apiserver/authentication/json_web_token.h"

#include "machinery/value/base64.h"
#include "tests/unit/apiserver/authentication/tokens_fixture.h"

namespace noizy::apiserver {
namespace {

using JsonWebTokenTest = TokensTest;

TEST_F(JsonWebTokenTest, ComesBackAsItWasSigned) {
  const Value claims = Object{{"sub", "ada"}};
  const std::string token = *SignToken(key_, claims);
  EXPECT_TRUE(Equal(*VerifyToken(key_, token), claims));
}

TEST_F(JsonWebTokenTest, OtherKeysAndTextsAreRefused) {
  const std::string token = *SignToken(key_, Object{{"sub", "ada"}});
  EXPECT_FALSE(VerifyToken(NewKey(), token).ok());
  for (const std::string& bad :
       {std::string(), std::string("x"), std::string("a.b"), std::string("a.b.c"), token + "x",
        token + ".x", token.substr(1), "." + token, std::string(20'000, 'a')})
    EXPECT_EQ(VerifyToken(key_, bad).status().reason(), StatusReason::kUnauthorized) << bad;
}

TEST_F(JsonWebTokenTest, ClaimsCannotBeExchanged) {
  const std::string token = *SignToken(key_, Object{{"sub", "ada"}});
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  const std::string forged =
      token.substr(0, first + 1) + EncodeBase64Url(R"({"sub":"root"})") + token.substr(last);
  EXPECT_FALSE(VerifyToken(key_, forged).ok());
}

TEST_F(JsonWebTokenTest, TheAlgorithmIsNotTheTokensToChoose) {
  const std::string body = EncodeBase64Url(R"({"alg":"none"})") + "." + EncodeBase64Url("{}");
  EXPECT_FALSE(VerifyToken(key_, body + ".").ok());
  // Signed rightly, but calling itself something else.
  EXPECT_FALSE(VerifyToken(key_, body + "." + EncodeBase64Url(*key_.Sign(body))).ok());
}

}  // namespace
}  // namespace noizy::apiserver
