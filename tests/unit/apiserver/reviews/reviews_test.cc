#include "apiserver/reviews/reviews.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class ReviewsTest : public ApiTest {
 protected:
  ReviewsTest() { EXPECT_TRUE(server_.EnsurePolicy().ok()); }

  Answer Ask(const std::string& path, const std::string& kind, const std::string& spec) {
    return Call(
        "POST", kAuthorization + path,
        R"({"apiVersion":"authorization.k8s.io/v1","kind":")" + kind + R"(","spec":)" + spec + "}");
  }
  const std::string kAuthorization = "/apis/authorization.k8s.io/v1/";
  static constexpr const char* kListTasks =
      R"({"resourceAttributes":{"namespace":"default","verb":"list","group":"noizy.dev","resource":"tasks"}})";
};

TEST_F(ReviewsTest, TheCallerAsksAboutItself) {
  Grant("ada", "view");
  ActAs({"ada", {}, "02"});
  const Answer answer = Ask("selfsubjectaccessreviews", "SelfSubjectAccessReview", kListTasks);
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_TRUE(BoolAt(answer.body, {"status", "allowed"}));
  EXPECT_EQ(answer.Text({"status", "reason"}),
            "RBAC: allowed by ClusterRoleBinding \"ada-view\" of ClusterRole \"view\" to User "
            "\"ada\"");
  ActAs({"eve", {}, "03"});
  const Answer no = Ask("selfsubjectaccessreviews", "SelfSubjectAccessReview", kListTasks);
  ASSERT_EQ(no.code, 201);
  EXPECT_FALSE(BoolAt(no.body, {"status", "allowed"}));
  EXPECT_EQ(Ask("subjectaccessreviews", "SubjectAccessReview", kListTasks).code, 403);
}

TEST_F(ReviewsTest, AnAdministratorAsksAboutOthers) {
  const Answer answer = Ask(
      "subjectaccessreviews", "SubjectAccessReview",
      R"({"groups":["system:authenticated"],"nonResourceAttributes":{"path":"/apis","verb":"get"}})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_TRUE(BoolAt(answer.body, {"status", "allowed"}));
  EXPECT_EQ(Ask("namespaces/default/localsubjectaccessreviews", "LocalSubjectAccessReview",
                R"({"user":"ada",)" + std::string(kListTasks).substr(1))
                .code,
            201);
}

TEST_F(ReviewsTest, TheRulesAreListed) {
  Grant("ada", "view");
  ActAs({"ada", {}, "02"});
  const Answer answer =
      Ask("selfsubjectrulesreviews", "SelfSubjectRulesReview", R"({"namespace":"default"})");
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_FALSE(ArrayAt(answer.body, {"status", "resourceRules"})->empty());
  EXPECT_FALSE(ArrayAt(answer.body, {"status", "nonResourceRules"})->empty());
  EXPECT_FALSE(BoolAt(answer.body, {"status", "incomplete"}));
}

TEST_F(ReviewsTest, QuestionsAreHeldToTheirSchema) {
  EXPECT_EQ(Ask("selfsubjectrulesreviews", "SelfSubjectRulesReview", "{}").code, 400);
  EXPECT_EQ(Ask("selfsubjectaccessreviews", "SelfSubjectAccessReview", "{}").code, 422);
  EXPECT_EQ(Ask("selfsubjectaccessreviews?fieldValidation=Strict", "SelfSubjectAccessReview",
                R"({"nonResourceAttributes":{"path":"/","verb":"get"},"colour":1})")
                .code,
            400);
}

TEST_F(ReviewsTest, NothingIsStored) {
  const std::int64_t revision = store_.Revision();
  EXPECT_EQ(Ask("selfsubjectaccessreviews", "SelfSubjectAccessReview", kListTasks).code, 201);
  EXPECT_EQ(store_.Revision(), revision);
  EXPECT_EQ(Call("GET", kAuthorization + "selfsubjectaccessreviews").code, 405);
  EXPECT_EQ(Call("DELETE", kAuthorization + "selfsubjectaccessreviews/x").code, 405);
}

TEST_F(ReviewsTest, DiscoveryOffersCreateAlone) {
  const Answer answer = Call("GET", "/apis/authorization.k8s.io/v1");
  ASSERT_EQ(answer.code, 200);
  for (const Value& resource : *ArrayAt(answer.body, {"resources"}))
    EXPECT_EQ(ToJson(*Find(resource, {"verbs"})), R"(["create"])");
  EXPECT_NE(ToJson(Call("GET", "/openapi/v3/apis/authorization.k8s.io/v1").body)
                .find("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
            std::string::npos);
}

}  // namespace
}  // namespace noizy::apiserver
