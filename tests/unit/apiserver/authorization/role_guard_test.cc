#include "apiserver/authorization/role_guard.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

// Ada may read Tasks in "team", and write roles and bindings there.
class RoleGuardTest : public RbacTest {
 protected:
  RoleGuardTest() {
    Write(R"(
kind: Role
metadata: {name: lead, namespace: team}
rules:
- {verbs: [get], apiGroups: [noizy.dev], resources: [tasks]}
- {verbs: [create], apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings]}
---
kind: RoleBinding
metadata: {name: leads, namespace: team}
subjects: [{kind: User, name: ada}]
roleRef: {kind: Role, name: lead}
)");
  }
  Status Check(std::string_view after, std::string_view before = "") {
    const Value old = before.empty() ? Value() : Parse(before);
    return CheckRoleWrite(authorizer_, ada_, before.empty() ? nullptr : &old, Parse(after));
  }
  Identity ada_ = User("ada", {"studio"});
};

constexpr std::string_view kReader =
    "{kind: Role, metadata: {name: r, namespace: team}, rules: [{verbs: [get], apiGroups: "
    "[noizy.dev], resources: [tasks]}]}";
constexpr std::string_view kWriter =
    "{kind: Role, metadata: {name: r, namespace: team}, rules: [{verbs: [get, delete], apiGroups: "
    "[noizy.dev], resources: [tasks]}]}";
constexpr std::string_view kAggregate =
    "{kind: ClusterRole, metadata: {name: c}, aggregationRule: {clusterRoleSelectors: []}}";

std::string Binding(std::string_view role, std::string_view user) {
  std::string text =
      "{kind: RoleBinding, metadata: {name: b, namespace: team}, subjects: [{kind: "
      "User, name: ";
  text.append(user).append("}], roleRef: {kind: Role, name: ").append(role);
  return text.append("}}");
}

TEST_F(RoleGuardTest, ARoleGivesNoMoreThanItsAuthorHas) {
  EXPECT_TRUE(Check(kReader).ok());
  const Status status = Check(kWriter);
  EXPECT_EQ(status.reason(), StatusReason::kForbidden);
  EXPECT_EQ(
      status.message(),
      "roles.rbac.authorization.k8s.io \"r\" is forbidden: user \"ada\" (groups=[\"studio\"]) "
      "is attempting to grant RBAC permissions not currently held:\n"
      "{APIGroups:[\"noizy.dev\"], Resources:[\"tasks\"], Verbs:[\"delete\"]}");
}

TEST_F(RoleGuardTest, ARoleThatStaysTheSameMayBeTouched) {
  EXPECT_TRUE(Check(kWriter, kWriter).ok());
  Value labelled = Parse(kWriter);
  Set(labelled, {"metadata", "labels", "rbac.authorization.k8s.io/aggregate-to-view"}, "true");
  const Value before = Parse(kWriter);
  EXPECT_FALSE(CheckRoleWrite(authorizer_, ada_, &before, labelled).ok()) << "gives it to others";
  Value owned = Parse(kWriter);
  Set(owned, {"metadata", "finalizers"}, Array{"x/y"});
  EXPECT_TRUE(CheckRoleWrite(authorizer_, ada_, &before, owned).ok());
  EXPECT_FALSE(Check(kWriter, kReader).ok());
  EXPECT_TRUE(Check(kReader, kWriter).ok()) << "taking away gives nothing";
}

TEST_F(RoleGuardTest, EscalateAndBindOverrule) {
  Write(R"(
kind: Role
metadata: {name: lead, namespace: team}
rules:
- {verbs: [escalate], apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: [r]}
- {verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: [roles], resourceNames: [big]}
)");
  EXPECT_TRUE(Check(kWriter).ok());
  EXPECT_TRUE(Check(Binding("big", "bob")).ok());
  EXPECT_FALSE(Check(Binding("other", "bob")).ok());
}

TEST_F(RoleGuardTest, ABindingGivesNoMoreThanItsAuthorHas) {
  Write(kReader);
  EXPECT_TRUE(Check(Binding("r", "bob")).ok());
  Write(kWriter);
  EXPECT_EQ(Check(Binding("r", "bob")).reason(), StatusReason::kForbidden);
  EXPECT_TRUE(Check(Binding("r", "bob"), Binding("r", "bob")).ok());
  EXPECT_FALSE(Check(Binding("r", "eve"), Binding("r", "bob")).ok());
  EXPECT_EQ(Check(Binding("none", "bob")).reason(), StatusReason::kNotFound);
}

TEST_F(RoleGuardTest, AggregationIsForWhoeverMayDoAll) {
  EXPECT_NE(Check(kAggregate).message().find("must have cluster-admin privileges"),
            std::string::npos);
  ada_.groups.emplace_back("system:masters");
  EXPECT_TRUE(Check(kAggregate).ok());
}

TEST_F(RoleGuardTest, OtherKindsAreNotItsBusiness) {
  EXPECT_TRUE(Check("{kind: Task, metadata: {name: t, namespace: team}}").ok());
}

}  // namespace
}  // namespace noizy::apiserver
