#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class RbacRulesTest : public ApiTest {
 protected:
  Answer Create(const std::string& resource, const std::string& kind, const std::string& rest,
                const std::string& name = "x") {
    const bool cluster = resource.starts_with("cluster");
    const std::string base = cluster ? "/apis/rbac.authorization.k8s.io/v1/"
                                     : "/apis/rbac.authorization.k8s.io/v1/namespaces/default/";
    return Call("POST", base + resource,
                R"({"apiVersion":"rbac.authorization.k8s.io/v1","kind":")" + kind +
                    R"(","metadata":{"name":")" + name + "\"}," + rest + "}");
  }
  static std::string Field(const Answer& answer) {
    const Array* causes = ArrayAt(answer.body, {"details", "causes"});
    return causes == nullptr ? "" : std::string(StringAt(causes->at(0), {"field"}));
  }
};

constexpr const char* kRef = R"("roleRef":{"kind":"ClusterRole","name":"view"})";

TEST_F(RbacRulesTest, NamesMayHoldColons) {
  EXPECT_EQ(Create("clusterroles", "ClusterRole", R"("rules":[])", "system:x").code, 201);
  EXPECT_EQ(Create("clusterroles", "ClusterRole", R"("rules":[])", "a%b").code, 422);
  EXPECT_EQ(Create("clusterroles", "ClusterRole", R"("rules":[])", "..").code, 422);
}

TEST_F(RbacRulesTest, RulesAreWhole) {
  const auto field = [&](const std::string& rule) {
    return Field(Create("roles", "Role", R"("rules":[)" + rule + "]"));
  };
  EXPECT_EQ(field(R"({"verbs":[],"apiGroups":[""],"resources":["x"]})"), "rules[0].verbs");
  EXPECT_EQ(field(R"({"verbs":["get"],"resources":["x"]})"), "rules[0].apiGroups");
  EXPECT_EQ(field(R"({"verbs":["get"],"apiGroups":[""]})"), "rules[0].resources");
  EXPECT_EQ(field(R"({"verbs":["get"],"nonResourceURLs":["/x"]})"), "rules[0].nonResourceURLs");
  EXPECT_EQ(Create("clusterroles", "ClusterRole",
                   R"("rules":[{"verbs":["get"],"nonResourceURLs":["/x"]}])")
                .code,
            201);
  EXPECT_EQ(Field(Create(
                "clusterroles", "ClusterRole",
                R"("rules":[{"verbs":["get"],"nonResourceURLs":["/x"],"resources":["y"]}])", "y")),
            "rules[0].nonResourceURLs");
}

TEST_F(RbacRulesTest, SubjectsAreCompleted) {
  const Answer answer = Create("rolebindings", "RoleBinding",
                               std::string(R"("subjects":[{"kind":"User","name":"ada"}],)") + kRef);
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_EQ(StringAt(ArrayAt(answer.body, {"subjects"})->at(0), {"apiGroup"}),
            "rbac.authorization.k8s.io");
  EXPECT_EQ(answer.Text({"roleRef", "apiGroup"}), "rbac.authorization.k8s.io");
  EXPECT_EQ(Field(Create(
                "rolebindings", "RoleBinding",
                std::string(R"("subjects":[{"kind":"ServiceAccount","name":"b"}],)") + kRef, "y")),
            "subjects[0].namespace");
}

TEST_F(RbacRulesTest, TheRoleReferredToIsKept) {
  ASSERT_EQ(Create("rolebindings", "RoleBinding", kRef).code, 201);
  const Answer answer =
      Call("PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings/x",
           R"({"roleRef":{"name":"edit"}})", {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(answer.code, 422);
  EXPECT_EQ(Field(answer), "roleRef");
}

}  // namespace
}  // namespace noizy::apiserver
