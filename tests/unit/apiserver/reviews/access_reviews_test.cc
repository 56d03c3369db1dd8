#include "apiserver/reviews/access_reviews.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

using AccessReviewsTest = RbacTest;

TEST_F(AccessReviewsTest, ASubjectIsAUserOrAGroup) {
  const auto subject = [](std::string_view spec) {
    return SubjectOf(Parse("{kind: SubjectAccessReview, spec: " + std::string(spec) + "}"));
  };
  EXPECT_EQ(subject("{user: ada, uid: u, extra: {k: [v]}}")->extra.at("k").front(), "v");
  EXPECT_TRUE(subject("{groups: [g]}")->InGroup("g"));
  EXPECT_EQ(subject("{}").status().reason(), StatusReason::kInvalid);
}

TEST_F(AccessReviewsTest, ALocalReviewAsksAboutItsOwnNamespace) {
  const auto local = [](std::string_view ns) {
    std::string text =
        "{kind: LocalSubjectAccessReview, metadata: {namespace: team}, spec: {user: ada, "
        "resourceAttributes: {namespace: ";
    return SubjectOf(Parse(text.append(ns).append("}}}")));
  };
  EXPECT_TRUE(local("team").ok());
  EXPECT_EQ(local("other").status().reason(), StatusReason::kInvalid);
}

TEST_F(AccessReviewsTest, TheAnswerIsTheAuthorizers) {
  Value review = Parse(
      "{spec: {resourceAttributes: {verb: get, group: noizy.dev, resource: tasks, namespace: n}}}");
  EXPECT_TRUE(AnswerAccess(authorizer_, User("root", {"system:masters"}), review).ok());
  EXPECT_TRUE(BoolAt(review, {"status", "allowed"}));
  EXPECT_TRUE(AnswerAccess(authorizer_, User("ada"), review).ok());
  EXPECT_EQ(ToJson(*Find(review, {"status"})), R"({"allowed":false})");
}

TEST_F(AccessReviewsTest, ANodesRulesAreNotAllOfIt) {
  Value review = Parse("{spec: {namespace: n}}");
  EXPECT_TRUE(AnswerRules(authorizer_, User("system:node:a", {"system:nodes"}), review).ok());
  EXPECT_TRUE(BoolAt(review, {"status", "incomplete"}));
}

TEST_F(AccessReviewsTest, UsersAreShownWithoutWhatIsUnknown) {
  EXPECT_EQ(ToJson(UserInfo(User("ada"))), R"({"username":"ada"})");
  EXPECT_EQ(ToJson(UserInfo({"ada", {"g"}, "u", {{"k", {"v"}}}})),
            R"({"username":"ada","uid":"u","groups":["g"],"extra":{"k":["v"]}})");
}

}  // namespace
}  // namespace noizy::apiserver
