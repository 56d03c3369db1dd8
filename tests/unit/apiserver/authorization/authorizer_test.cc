#include "apiserver/authorization/authorizer.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

using AuthorizerTest = RbacTest;

Access Tasks(std::string_view verb, std::string_view ns) {
  return {.verb = verb, .group = "noizy.dev", .resource = "tasks", .ns = ns};
}

constexpr std::string_view kPolicy = R"(
kind: ClusterRole
metadata: {name: reader}
rules:
- {verbs: [get, list], apiGroups: [noizy.dev], resources: [tasks]}
- {verbs: [get], nonResourceURLs: [/metrics]}
---
kind: RoleBinding
metadata: {name: readers, namespace: team}
subjects: [{kind: User, name: ada}]
roleRef: {kind: ClusterRole, name: reader}
---
kind: ClusterRoleBinding
metadata: {name: all-readers}
subjects: [{kind: Group, name: studio}]
roleRef: {kind: ClusterRole, name: reader}
)";

TEST_F(AuthorizerTest, ARoleBindingGivesWithinItsNamespace) {
  Write(kPolicy);
  EXPECT_TRUE(authorizer_.Allows(User("ada"), Tasks("get", "team")));
  EXPECT_FALSE(authorizer_.Allows(User("ada"), Tasks("get", "default")));
  EXPECT_FALSE(authorizer_.Allows(User("ada"), Tasks("list", ""))) << "all namespaces are more";
  EXPECT_FALSE(authorizer_.Allows(User("ada"), Tasks("delete", "team")));
  EXPECT_FALSE(
      authorizer_.Allows(User("ada"), {.verb = "get", .is_resource = false, .path = "/metrics"}));
}

TEST_F(AuthorizerTest, AClusterRoleBindingGivesEverywhere) {
  Write(kPolicy);
  const Identity bob = User("bob", {"studio"});
  EXPECT_TRUE(authorizer_.Allows(bob, Tasks("get", "default")));
  EXPECT_TRUE(authorizer_.Allows(bob, Tasks("list", "")));
  EXPECT_TRUE(authorizer_.Allows(bob, {.verb = "get", .is_resource = false, .path = "/metrics"}));
  EXPECT_FALSE(authorizer_.Allows(User("studio"), Tasks("get", "default")));
}

TEST_F(AuthorizerTest, MastersMayDoAll) {
  EXPECT_TRUE(authorizer_.Allows(User("root", {"system:masters"}), Tasks("delete", "team")));
  EXPECT_FALSE(authorizer_.Allows(User("system:masters"), Tasks("delete", "team")));
}

TEST_F(AuthorizerTest, ReasonsNameTheBinding) {
  Write(kPolicy);
  EXPECT_EQ(authorizer_.Decide(User("bob", {"studio"}), Tasks("get", "team")).reason,
            "RBAC: allowed by ClusterRoleBinding \"all-readers\" of ClusterRole \"reader\" to "
            "Group \"studio\"");
  EXPECT_FALSE(authorizer_.Decide(User("eve"), Tasks("get", "team")).allowed);
}

TEST_F(AuthorizerTest, TheRulesOfAUserAreThoseOfAllItsBindings) {
  Write(kPolicy);
  EXPECT_EQ(authorizer_.RulesOf(User("ada", {"studio"}), "team").size(), 4U);
  EXPECT_EQ(authorizer_.RulesOf(User("ada"), "default").size(), 0U);
}

TEST_F(AuthorizerTest, DenialsSpeakKubernetesWords) {
  EXPECT_EQ(
      Denial(User("eve"), Tasks("list", "default")).message(),
      "tasks.noizy.dev is forbidden: User \"eve\" cannot list resource \"tasks\" in API group "
      "\"noizy.dev\" in the namespace \"default\"");
  EXPECT_EQ(Denial(User("eve"),
                   {.verb = "get", .resource = "namespaces", .subresource = "status", .name = "x"})
                .message(),
            "namespaces \"x\" is forbidden: User \"eve\" cannot get resource \"namespaces/status\" "
            "in API group \"\" at the cluster scope");
  EXPECT_EQ(
      Denial(User("eve"), {.verb = "get", .is_resource = false, .path = "/metrics"}).message(),
      "forbidden: User \"eve\" cannot get path \"/metrics\"");
}

}  // namespace
}  // namespace noizy::apiserver
