#include "apiserver/reviews/token_reviews.h"

#include "tests/unit/apiserver/authentication/tokens_fixture.h"

namespace noizy::apiserver {
namespace {

class TokenReviewsTest : public TokensTest {
 protected:
  static Result<TokenWish> Read(std::string_view spec) {
    std::string text = "{spec: ";
    return ReadTokenRequest(Parse(text.append(spec).append("}")), "team", "bot");
  }
  static std::string FaultOf(std::string_view spec) {
    const Status status = Read(spec).status();
    return status.details().causes.empty() ? "" : status.details().causes.front().field;
  }
};

TEST_F(TokenReviewsTest, RequestsAreReadAndBounded) {
  EXPECT_EQ(Read("{}")->lifetime, std::chrono::seconds(3600));
  EXPECT_EQ(Read("{expirationSeconds: 600, audiences: [a]}")->audiences.front(), "a");
  EXPECT_EQ(Read("{expirationSeconds: 4000000000}")->lifetime, std::chrono::hours(365 * 24));
  EXPECT_EQ(Read("{boundObjectRef: {kind: Secret, name: s, uid: u}}")->bound_uid, "u");
  EXPECT_EQ(FaultOf("{expirationSeconds: 599}"), "spec.expirationSeconds");
  EXPECT_EQ(FaultOf("{expirationSeconds: 5000000000}"), "spec.expirationSeconds");
  EXPECT_EQ(FaultOf("{boundObjectRef: {kind: Pod, name: p}}"), "spec.boundObjectRef.kind");
  EXPECT_EQ(FaultOf("{boundObjectRef: {kind: Secret}}"), "spec.boundObjectRef.name");
}

TEST_F(TokenReviewsTest, AGoodTokenIsSaidToBe) {
  Value request = Object();
  ASSERT_TRUE(AnswerTokenRequest(tokens_, *Read("{}"), request).ok());
  EXPECT_EQ(StringAt(request, {"kind"}), "TokenRequest");
  Value review = Object();
  Set(review, {"spec", "token"}, *Find(request, {"status", "token"}));
  ASSERT_TRUE(AnswerTokenReview(tokens_, review).ok());
  EXPECT_TRUE(BoolAt(review, {"status", "authenticated"}));
  EXPECT_EQ(StringAt(review, {"status", "user", "username"}), "system:serviceaccount:team:bot");
  Set(review, {"spec", "audiences"}, Array{"vault"});
  ASSERT_TRUE(AnswerTokenReview(tokens_, review).ok());
  EXPECT_FALSE(BoolAt(review, {"status", "authenticated"}));
}

TEST_F(TokenReviewsTest, ABadTokenIsAnAnswerNotAnError) {
  Value review = Parse("{spec: {token: nonsense}}");
  ASSERT_TRUE(AnswerTokenReview(tokens_, review).ok());
  EXPECT_FALSE(BoolAt(review, {"status", "authenticated"}));
  EXPECT_FALSE(StringAt(review, {"status", "error"}).empty());
  Value nothing = Object();
  EXPECT_EQ(AnswerTokenReview(tokens_, nothing).reason(), StatusReason::kBadRequest);
}

}  // namespace
}  // namespace noizy::apiserver
