#include "machinery/protobuf/message_table.h"

#include <gtest/gtest.h>

#include <set>

namespace noizy {
namespace {

// Numbers and names are used once in a message, and only messages have rows of their own.
void Check(MessageRows rows, int depth) {
  ASSERT_LT(depth, 8) << "a message that holds itself would let a body nest without bound";
  std::set<std::uint32_t> numbers;
  std::set<std::string_view> names;
  for (const FieldRow& row : rows) {
    EXPECT_TRUE(numbers.insert(row.number).second) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.type == FieldType::kMessage, !row.message.empty()) << row.name;
    Check(row.message, depth + 1);
  }
}

struct Type {
  std::string_view api_version;
  std::string_view kind;
};
constexpr Type kTypes[] = {
    {"v1", "Namespace"},
    {"v1", "ConfigMap"},
    {"v1", "Secret"},
    {"v1", "ServiceAccount"},
    {"v1", "Event"},
    {"v1", "DeleteOptions"},
    {"coordination.k8s.io/v1", "Lease"},
    {"certificates.k8s.io/v1", "CertificateSigningRequest"},
    {"rbac.authorization.k8s.io/v1", "Role"},
    {"rbac.authorization.k8s.io/v1", "RoleBinding"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole"},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"},
    {"rbac.authorization.k8s.io/v1", "DeleteOptions"},
    {"authorization.k8s.io/v1", "SelfSubjectAccessReview"},
    {"authorization.k8s.io/v1", "SubjectAccessReview"},
    {"authorization.k8s.io/v1", "LocalSubjectAccessReview"},
    {"authorization.k8s.io/v1", "SelfSubjectRulesReview"},
    {"authentication.k8s.io/v1", "SelfSubjectReview"},
    {"authentication.k8s.io/v1", "TokenRequest"},
    {"authentication.k8s.io/v1", "TokenReview"},
};

TEST(MessageTable, KnowsEveryTypeThatStockClientsSend) {
  for (const Type& type : kTypes) {
    const MessageRows rows = FindMessage(type.api_version, type.kind);
    ASSERT_FALSE(rows.empty()) << type.kind;
    Check(rows, 0);
  }
}

TEST(MessageTable, KnowsNothingElse) {
  EXPECT_TRUE(FindMessage("v1", "Pod").empty());
  EXPECT_TRUE(FindMessage("noizy.dev/v1", "Task").empty());
  EXPECT_TRUE(FindMessage("example.com/v1", "Secret").empty());
}

}  // namespace
}  // namespace noizy
