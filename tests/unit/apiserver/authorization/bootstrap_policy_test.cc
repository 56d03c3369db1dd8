#include "apiserver/authorization/bootstrap_policy.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

class BootstrapPolicyTest : public RbacTest {
 protected:
  BootstrapPolicyTest() {
    const auto policy = BootstrapPolicy();
    EXPECT_TRUE(policy.ok()) << policy.status().message();
    for (const Value& object : *policy) {
      names_.insert(std::string(StringAt(object, {"kind"})) + "/" + std::string(NameOf(object)));
      Put(object);
    }
  }
  void Bind(const std::string& role) {
    Write(
        "{kind: RoleBinding, metadata: {name: b, namespace: team}, subjects: [{kind: User, name: "
        "ada}], roleRef: {kind: ClusterRole, name: " +
        role + "}}");
  }
  bool AdaMay(std::string_view verb, std::string_view group, std::string_view resource) {
    return authorizer_.Allows(User("ada"),
                              {.verb = verb, .group = group, .resource = resource, .ns = "team"});
  }
  std::set<std::string> names_;
};

TEST_F(BootstrapPolicyTest, HasKubernetesRoles) {
  for (const char* name : {"cluster-admin", "admin", "edit", "view", "system:node",
                           "system:basic-user", "system:discovery", "system:public-info-viewer"})
    EXPECT_TRUE(names_.contains(std::string("ClusterRole/") + name)) << name;
  EXPECT_TRUE(names_.contains("ClusterRoleBinding/cluster-admin"));
}

TEST_F(BootstrapPolicyTest, ViewersReadAllButSecretsAndRoles) {
  Bind("view");
  EXPECT_TRUE(AdaMay("list", "noizy.dev", "tasks"));
  EXPECT_FALSE(AdaMay("create", "noizy.dev", "tasks"));
  EXPECT_FALSE(AdaMay("get", "", "secrets"));
  EXPECT_FALSE(AdaMay("get", "rbac.authorization.k8s.io", "roles"));
}

TEST_F(BootstrapPolicyTest, EditorsWriteAllButRoles) {
  Bind("edit");
  EXPECT_TRUE(AdaMay("list", "noizy.dev", "tasks")) << "what viewers may";
  EXPECT_TRUE(AdaMay("create", "noizy.dev", "tasks"));
  EXPECT_TRUE(AdaMay("get", "", "secrets"));
  EXPECT_FALSE(AdaMay("create", "rbac.authorization.k8s.io", "roles"));
}

TEST_F(BootstrapPolicyTest, AdminsWriteRolesToo) {
  Bind("admin");
  EXPECT_TRUE(AdaMay("create", "noizy.dev", "tasks"));
  EXPECT_TRUE(AdaMay("create", "rbac.authorization.k8s.io", "roles"));
  EXPECT_FALSE(AdaMay("delete", "noizy.dev", "nodes"));
}

TEST_F(BootstrapPolicyTest, EverybodyMayLookAround) {
  const auto may = [&](const Identity& who, std::string_view path) {
    return authorizer_.Allows(who, {.verb = "get", .is_resource = false, .path = path});
  };
  const Identity ada = User("ada", {"system:authenticated"});
  EXPECT_TRUE(may(ada, "/apis"));
  EXPECT_TRUE(may(ada, "/openapi/v3/apis/noizy.dev/v1"));
  EXPECT_FALSE(may(ada, "/metrics"));
  EXPECT_TRUE(may(User("system:anonymous", {"system:unauthenticated"}), "/version"));
  EXPECT_FALSE(may(User("system:anonymous", {"system:unauthenticated"}), "/apis"));
}

TEST_F(BootstrapPolicyTest, WhatIsMissingIsAddedAndNothingTakenAway) {
  const Value wanted = Parse(
      "{kind: ClusterRole, metadata: {name: r, labels: {a: b}}, rules: [{verbs: [get, list], "
      "apiGroups: [x], resources: [y]}]}");
  const Value less = Parse(
      "{kind: ClusterRole, metadata: {name: r}, rules: [{verbs: [get, delete], apiGroups: [x], "
      "resources: [y]}]}");
  const std::optional<Value> next = Reconciled(wanted, less);
  ASSERT_TRUE(next);
  EXPECT_EQ(RulesOf(*next).size(), 2U);
  EXPECT_EQ(RulesOf(*next)[1].verbs, std::vector<std::string>{"list"});
  EXPECT_EQ(LabelOf(*next, "a"), "b");
  EXPECT_FALSE(Reconciled(wanted, *next)) << "once is enough";
}

TEST_F(BootstrapPolicyTest, SubjectsComeBackUnlessTheBindingOptedOut) {
  const Value wanted = Parse("{metadata: {name: b}, subjects: [{kind: Group, name: g}]}");
  const Value emptied = Parse("{metadata: {name: b}, subjects: []}");
  const Value opted_out = Parse(
      "{metadata: {name: b, annotations: {rbac.authorization.kubernetes.io/autoupdate: "
      "\"false\"}}, subjects: []}");
  EXPECT_TRUE(Reconciled(wanted, emptied));
  EXPECT_FALSE(Reconciled(wanted, opted_out));
}

TEST_F(BootstrapPolicyTest, AggregationComesBack) {
  const Value wanted =
      Parse("{metadata: {name: r}, aggregationRule: {clusterRoleSelectors: []}, rules: []}");
  EXPECT_TRUE(Find(*Reconciled(wanted, Parse("{metadata: {name: r}}")), {"aggregationRule"}));
}

}  // namespace
}  // namespace noizy::apiserver
