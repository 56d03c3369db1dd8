#include "apiserver/authorization/role_index.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

class RoleIndexTest : public RbacTest {
 protected:
  std::string Sources(const RoleTable::Grants* grants) {
    std::string out;
    if (grants == nullptr) return out;
    for (const RoleGrant& grant : *grants) out += grant.source + " in [" + grant.ns + "]; ";
    return out;
  }
  RoleIndex index_{store_};
};

constexpr std::string_view kReader = R"(
kind: Role
metadata: {name: reader, namespace: team}
rules: [{verbs: [get], apiGroups: [noizy.dev], resources: [tasks]}]
---
kind: RoleBinding
metadata: {name: readers, namespace: team}
subjects:
- {kind: User, name: ada}
- {kind: Group, name: studio}
- {kind: ServiceAccount, name: bot, namespace: other}
roleRef: {kind: Role, name: reader}
)";

TEST_F(RoleIndexTest, SubjectsFindTheirGrants) {
  EXPECT_EQ(index_.Current()->ForUser("ada"), nullptr);
  Write(kReader);
  const auto table = index_.Current();
  EXPECT_EQ(Sources(table->ForUser("ada")),
            "RoleBinding \"team/readers\" of Role \"reader\" to User \"ada\" in [team]; ");
  EXPECT_EQ(Sources(table->ForGroup("studio")),
            "RoleBinding \"team/readers\" of Role \"reader\" to Group \"studio\" in [team]; ");
  EXPECT_NE(table->ForUser("system:serviceaccount:other:bot"), nullptr);
  EXPECT_EQ(table->ForUser("studio"), nullptr);
  EXPECT_NE(table->FindRole("team", "reader"), nullptr);
  EXPECT_EQ(table->FindRole("", "reader"), nullptr);
}

TEST_F(RoleIndexTest, EveryAcknowledgedWriteCounts) {
  Write(kReader);
  EXPECT_NE(index_.Current()->ForUser("ada"), nullptr);
  Delete(kRoleBindings, "team", "readers");
  EXPECT_EQ(index_.Current()->ForUser("ada"), nullptr);
  Write(kReader);
  EXPECT_NE(index_.Current()->ForUser("ada"), nullptr);
  Delete(kRoles, "team", "reader");
  EXPECT_EQ(index_.Current()->ForUser("ada"), nullptr) << "a binding to no role gives nothing";
}

TEST_F(RoleIndexTest, OtherWritesLeaveTheTableAlone) {
  Write(kReader);
  const auto before = index_.Current();
  Commit(WriteOp::Kind::kPut, {"configmaps", "team", "c"}, R"({"kind":"ConfigMap"})");
  EXPECT_EQ(index_.Current(), before);
}

TEST_F(RoleIndexTest, HistoryThatIsGoneIsReadAnew) {
  MemoryStore small(clock_, {.keep_revisions = 1, .keep_age = Duration(0), .max_bytes = 0});
  RoleIndex index(small);
  EXPECT_EQ(index.Current()->FindRole("", "r0"), nullptr);
  for (int i = 0; i < 50; ++i) {
    const std::string name = "r" + std::to_string(i);
    small.Write({{WriteOp::Kind::kPut,
                  {std::string(kClusterRoles), "", name},
                  0,
                  {R"({"revision":"","kind":"ClusterRole"})", 13},
                  {}}},
                [](const auto& result) { ASSERT_TRUE(result.ok()); });
    clock_.Advance(std::chrono::seconds(1));
  }
  EXPECT_NE(index.Current()->FindRole("", "r0"), nullptr);
  EXPECT_NE(index.Current()->FindRole("", "r49"), nullptr);
}

TEST_F(RoleIndexTest, AggregatedRulesFollowTheLabels) {
  Write(R"(
kind: ClusterRole
metadata: {name: admin}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-admin: "true"}}]}
---
kind: ClusterRole
metadata: {name: edit, labels: {to-admin: "true"}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-edit: "true"}}]}
---
kind: ClusterRole
metadata: {name: tasks, labels: {to-edit: "true"}}
rules: [{verbs: [get], apiGroups: [noizy.dev], resources: [tasks]}]
)");
  EXPECT_EQ(index_.Current()->FindRole("", "admin")->size(), 1U);
  Write(R"(
kind: ClusterRole
metadata: {name: frames, labels: {to-edit: "true"}}
rules: [{verbs: [get], apiGroups: [studio], resources: [frames]}]
)");
  EXPECT_EQ(index_.Current()->FindRole("", "admin")->size(), 2U);
  Delete(kClusterRoles, "", "tasks");
  EXPECT_EQ(index_.Current()->FindRole("", "admin")->size(), 1U);
}

TEST_F(RoleIndexTest, AggregationInACircleEnds) {
  Write(R"(
kind: ClusterRole
metadata: {name: a, labels: {to-b: "true"}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-a: "true"}}]}
---
kind: ClusterRole
metadata: {name: b, labels: {to-a: "true"}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to-b: "true"}}]}
)");
  EXPECT_TRUE(index_.Current()->FindRole("", "a")->empty());
}

}  // namespace
}  // namespace noizy::apiserver
