#include "apiserver/authentication/fence_token.h"

#include "apiserver/authentication/json_web_token.h"
#include "machinery/value/base64.h"
#include "machinery/value/json.h"
#include "tests/unit/apiserver/authentication/tokens_fixture.h"

namespace noizy::apiserver {
namespace {

class FenceTokenTest : public TokensTest {
 protected:
  std::string Token() const {
    return *SignFenceToken(key_, {"team", "render", "u-1", 7, "hp-omen"}, clock_.Now());
  }
};

TEST_F(FenceTokenTest, ProvesTheAttempt) {
  const auto claims = VerifyToken(key_, Token());
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(ToJson(*Find(*claims, {"noizy.dev"})),
            R"({"namespace":"team","task":{"name":"render","uid":"u-1"},"attempt":7,)"
            R"("node":"hp-omen"})");
  EXPECT_EQ(StringAt(*claims, {"sub"}), "system:noizy:task:team:render");
  EXPECT_FALSE(VerifyToken(NewKey(), Token()).ok());
}

TEST_F(FenceTokenTest, OpensNoDoorHere) {
  EXPECT_EQ(Check(Token()), StatusReason::kUnauthorized);
  EXPECT_EQ(Check(Token(), {std::string(kFenceAudience)}), StatusReason::kUnauthorized);
}

TEST_F(FenceTokenTest, ThePublicKeyIsPublished) {
  const Value keys = JsonWebKeySet(key_);
  const Array* all = ArrayAt(keys, {"keys"});
  ASSERT_TRUE(all != nullptr && all->size() == 1);
  const Value& key = (*all)[0];
  EXPECT_EQ(StringAt(key, {"kid"}), key_.id());
  EXPECT_EQ(*DecodeBase64Url(StringAt(key, {"x"})) + *DecodeBase64Url(StringAt(key, {"y"})),
            key_.point());
  EXPECT_EQ(StringAt(OpenIdConfiguration(), {"issuer"}), "https://noizy");
}

}  // namespace
}  // namespace noizy::apiserver
