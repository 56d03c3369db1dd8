#include <gtest/gtest.h>

#include "machinery/client/client.h"

namespace noizy {
namespace {

const ResourceRef kTasks{"noizy.dev", "v1", "tasks", true};
const ResourceRef kNodes{"noizy.dev", "v1", "nodes", false};
const ResourceRef kSecrets{"", "v1", "secrets", true};

TEST(ResourcePathTest, FollowsTheRestTree) {
  EXPECT_EQ(kTasks.Path("default", "a"), "/apis/noizy.dev/v1/namespaces/default/tasks/a");
  EXPECT_EQ(kTasks.Path("default", "a", "status"),
            "/apis/noizy.dev/v1/namespaces/default/tasks/a/status");
  EXPECT_EQ(kTasks.Path("default", ""), "/apis/noizy.dev/v1/namespaces/default/tasks");
  EXPECT_EQ(kTasks.Path("", ""), "/apis/noizy.dev/v1/tasks");
  EXPECT_EQ(kSecrets.Path("default", "s"), "/api/v1/namespaces/default/secrets/s");
}

TEST(ResourcePathTest, ClusterScopedKindsHaveNoNamespace) {
  EXPECT_EQ(kNodes.Path("", "hp-omen"), "/apis/noizy.dev/v1/nodes/hp-omen");
  EXPECT_EQ(kNodes.Path("default", "hp-omen"), "/apis/noizy.dev/v1/nodes/hp-omen");
}

TEST(ResourcePathTest, NamesCannotEscape) {
  const ResourceRef roles{"rbac.authorization.k8s.io", "v1", "clusterroles", false};
  EXPECT_EQ(roles.Path("", "system:node"),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode");
  EXPECT_EQ(kTasks.Path("a/../b", "x/status"),
            "/apis/noizy.dev/v1/namespaces/a%2F..%2Fb/tasks/x%2Fstatus");
}

TEST(ResourcePathTest, ResourceIsTheErrorsName) {
  EXPECT_EQ(kTasks.Resource(), "tasks.noizy.dev");
  EXPECT_EQ(kSecrets.Resource(), "secrets");
}

}  // namespace
}  // namespace noizy
