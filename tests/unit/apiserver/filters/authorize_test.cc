#include "apiserver/filters/authorize.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

class AuthorizeTest : public ApiTest {
 protected:
  AuthorizeTest() { EXPECT_TRUE(server_.EnsurePolicy().ok()); }
  void ActAsAda() { ActAs({"ada", {"people"}, "02"}); }
  static constexpr const char* kRbac = "/apis/rbac.authorization.k8s.io/v1";
};

TEST_F(AuthorizeTest, AnOrdinaryUserDiscoversAndNoMore) {
  ActAsAda();
  EXPECT_EQ(Call("GET", "/apis").code, 200);
  const Answer answer = Call("GET", kTasks);
  EXPECT_EQ(answer.code, 403);
  EXPECT_EQ(
      answer.Text({"message"}),
      "tasks.noizy.dev is forbidden: User \"ada\" cannot list resource \"tasks\" in API group "
      "\"noizy.dev\" in the namespace \"default\"");
  EXPECT_EQ(Call("GET", "/metrics").code, 403);
}

TEST_F(AuthorizeTest, ABindingCountsAtOnce) {
  Grant("ada", "view");
  ActAsAda();
  EXPECT_EQ(Call("GET", kTasks).code, 200);
  EXPECT_EQ(CreateTask("t").code, 403);
}

TEST_F(AuthorizeTest, ANameInAFieldSelectorCountsAsTheName) {
  Apply(Under(kRbac, "/clusterroles"),
        "{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: one}, "
        "rules: [{verbs: [list, watch], apiGroups: [noizy.dev], resources: [tasks], resourceNames: "
        "[mine]}]}");
  Grant("ada", "one");
  ActAsAda();
  EXPECT_EQ(Call("GET", Under(kTasks, "?fieldSelector=metadata.name%3Dmine")).code, 200);
  EXPECT_EQ(Call("GET", Under(kTasks, "?fieldSelector=metadata.name%3Dyours")).code, 403);
  EXPECT_EQ(Call("GET", kTasks).code, 403);
}

TEST_F(AuthorizeTest, NobodyGivesMoreThanTheyHave) {
  Apply(Under(kRbac, "/clusterroles"),
        "{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: lead}, "
        "rules: [{verbs: [get, create, update, patch], apiGroups: [rbac.authorization.k8s.io], "
        "resources: [clusterroles, clusterrolebindings]}]}");
  Grant("ada", "lead");
  Grant("ada", "view");
  ActAsAda();
  const auto role = [&](const std::string& verb) {
    return R"({"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"mine"},"rules":[{"verbs":[")" +
           verb + R"("],"apiGroups":["noizy.dev"],"resources":["tasks"]}]})";
  };
  EXPECT_EQ(Call("POST", Under(kRbac, "/clusterroles"), role("delete")).code, 403);
  EXPECT_EQ(Call("POST", Under(kRbac, "/clusterroles"), role("get")).code, 201);
  EXPECT_EQ(Call("PATCH", Under(kRbac, "/clusterroles/mine"),
                 R"({"rules":[{"verbs":["*"],"apiGroups":["*"],"resources":["*"]}]})",
                 {{"Content-Type", "application/merge-patch+json"}})
                .code,
            403);
  EXPECT_EQ(
      Call(
          "POST", Under(kRbac, "/clusterrolebindings"),
          R"({"kind":"ClusterRoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"b"},"subjects":[{"kind":"User","name":"ada"}],"roleRef":{"kind":"ClusterRole","name":"cluster-admin"}})")
          .code,
      403);
}

TEST_F(AuthorizeTest, AWriteThatTurnsOutToCreateAsksForThat) {
  Apply(Under(kRbac, "/clusterroles"),
        "{kind: ClusterRole, apiVersion: rbac.authorization.k8s.io/v1, metadata: {name: mend}, "
        "rules: [{verbs: [get, update, patch], apiGroups: [coordination.k8s.io], "
        "resources: [leases]}]}");
  Grant("ada", "mend");
  const std::string path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
  const std::string lease =
      R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l"}})";
  const HttpHeaders apply = {{"Content-Type", "application/apply-patch+yaml"}};
  ActAsAda();
  const Answer refused = Call("PUT", path, lease);
  EXPECT_EQ(refused.code, 403);
  EXPECT_NE(refused.Text({"message"}).find("cannot create resource \"leases\""),
            std::string_view::npos);
  EXPECT_EQ(Call("PATCH", path + "?fieldManager=ada", lease, apply).code, 403);
  ActAs({"admin", {"system:masters"}, "01"});
  const Answer made = Call("PUT", path, lease);
  ASSERT_EQ(made.code, 201);
  ActAsAda();
  EXPECT_EQ(Call("PUT", path, ToJson(made.body)).code, 200);
  EXPECT_EQ(Call("PATCH", path + "?fieldManager=ada", lease, apply).code, 200);
}

TEST_F(AuthorizeTest, ANodeReadsItsOwnNodeAlone) {
  ASSERT_EQ(Call("POST", "/apis/noizy.dev/v1/nodes",
                 R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":"a"}})")
                .code,
            201);
  ActAs({"system:node:a", {"system:nodes"}, "03"});
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/a").code, 200);
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/b").code, 403);
  EXPECT_EQ(Call("DELETE", "/apis/noizy.dev/v1/nodes/a").code, 403);
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/default/secrets/s").code, 403);
  ActAs({"system:node:a", {"people"}, "04"});
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/a").code, 403) << "the name alone makes no node";
}

TEST_F(AuthorizeTest, ANodeMovesNoTask) {
  ASSERT_EQ(CreateTask("t").code, 201);
  ASSERT_EQ(Call("POST", "/apis/noizy.dev/v1/nodes",
                 R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":"a"}})")
                .code,
            201);
  const HttpHeaders merge = {{"Content-Type", "application/merge-patch+json"}};
  ASSERT_EQ(
      Call("PATCH", TaskPath("t/status"), R"({"status":{"nodeName":"a","attempt":1}})", merge).code,
      200);
  ActAs({"system:node:a", {"system:nodes"}, "03"});
  EXPECT_EQ(
      Call("PATCH", TaskPath("t/status"), R"({"status":{"nodeName":"b","attempt":1}})", merge).code,
      403);
  EXPECT_EQ(Call("PATCH", TaskPath("t/status"), R"({"status":{"phase":"Running"}})", merge).code,
            200);
}

}  // namespace
}  // namespace noizy::apiserver
