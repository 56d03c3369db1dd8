#include "apiserver/authorization/node_rule.h"

#include "tests/unit/apiserver/authorization/rbac_fixture.h"

namespace noizy::apiserver {
namespace {

class NodeRuleTest : public RbacTest {
 protected:
  NodeRuleTest() {
    for (const char* node : {"a", "b"}) {
      Commit(WriteOp::Kind::kPut, {"tasks.noizy.dev", "default", std::string("on-") + node},
             R"({"kind":"Task"})", {{}, {{"status.nodeName", node}}});
    }
  }
  bool May(std::string_view verb, std::string_view group, std::string_view resource,
           std::string_view name, std::string_view subresource = "",
           std::string_view ns = "default", std::string_view selector = "") {
    return authorizer_.Allows(User("system:node:a", {"system:nodes"}),
                              {.verb = verb,
                               .group = group,
                               .resource = resource,
                               .subresource = subresource,
                               .ns = ns,
                               .name = name,
                               .field_selector = selector});
  }
};

TEST_F(NodeRuleTest, NameAndGroupTogetherMakeANode) {
  EXPECT_EQ(NodeNameOf(User("system:node:a", {"system:nodes"})), "a");
  EXPECT_EQ(NodeNameOf(User("system:node:a", {"people"})), "");
  EXPECT_EQ(NodeNameOf(User("a", {"system:nodes"})), "");
}

TEST_F(NodeRuleTest, OwnNodeIsReadAndItsStatusWritten) {
  EXPECT_TRUE(May("get", "noizy.dev", "nodes", "a", "", ""));
  EXPECT_TRUE(May("watch", "noizy.dev", "nodes", "a", "", ""));
  EXPECT_TRUE(May("patch", "noizy.dev", "nodes", "a", "status", ""));
  EXPECT_FALSE(May("patch", "noizy.dev", "nodes", "a", "", ""));
  EXPECT_FALSE(May("get", "noizy.dev", "nodes", "b", "", ""));
  EXPECT_FALSE(May("list", "noizy.dev", "nodes", "", "", ""));
  EXPECT_FALSE(May("delete", "noizy.dev", "nodes", "a", "", ""));
}

TEST_F(NodeRuleTest, OnlyTasksBoundToIt) {
  EXPECT_TRUE(May("get", "noizy.dev", "tasks", "on-a"));
  EXPECT_TRUE(May("update", "noizy.dev", "tasks", "on-a", "status"));
  EXPECT_FALSE(May("update", "noizy.dev", "tasks", "on-a"));
  EXPECT_FALSE(May("get", "noizy.dev", "tasks", "on-b"));
  EXPECT_FALSE(May("update", "noizy.dev", "tasks", "on-b", "status"));
  EXPECT_FALSE(May("get", "noizy.dev", "tasks", "gone"));
  EXPECT_TRUE(May("watch", "noizy.dev", "tasks", "", "", "", "status.nodeName=a"));
  EXPECT_FALSE(May("watch", "noizy.dev", "tasks", "", "", "", "status.nodeName=b"));
  EXPECT_FALSE(May("list", "noizy.dev", "tasks", "", "", "", "status.nodeName!=b"));
  EXPECT_FALSE(May("list", "noizy.dev", "tasks", ""));
}

TEST_F(NodeRuleTest, OwnLeaseAndEventsAndNoSecret) {
  EXPECT_TRUE(May("update", "coordination.k8s.io", "leases", "a", "", kNodeLeaseNamespace));
  EXPECT_FALSE(May("update", "coordination.k8s.io", "leases", "b", "", kNodeLeaseNamespace));
  EXPECT_FALSE(May("update", "coordination.k8s.io", "leases", "a", "", "default"));
  EXPECT_TRUE(May("create", "", "events", ""));
  EXPECT_FALSE(May("get", "", "secrets", "s"));
  EXPECT_FALSE(May("list", "", "events", ""));
}

TEST_F(NodeRuleTest, WhatItWritesStaysItsOwn) {
  const Value task = Parse("{kind: Task, metadata: {name: t}, status: {nodeName: a}}");
  const Value moved = Parse("{kind: Task, metadata: {name: t}, status: {nodeName: b}}");
  EXPECT_TRUE(CheckNodeWrite("a", &task, task).ok());
  EXPECT_EQ(CheckNodeWrite("a", &task, moved).reason(), StatusReason::kForbidden);
  EXPECT_TRUE(CheckNodeWrite("a", nullptr, Parse("{kind: Lease, metadata: {name: a}}")).ok());
  EXPECT_EQ(CheckNodeWrite("a", nullptr, Parse("{kind: Lease, metadata: {name: b}}")).message(),
            "leases.coordination.k8s.io \"b\" is forbidden: node \"a\" can only access its own "
            "lease");
}

}  // namespace
}  // namespace noizy::apiserver
