#include "apiserver/listener/policy.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

using PolicyTest = ApiTest;

TEST_F(PolicyTest, RolesAreMadeOnceAndCompletedLater) {
  constexpr const char* kView =
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:aggregate-to-view";
  ASSERT_TRUE(server_.EnsurePolicy().ok());
  EXPECT_EQ(Call("GET", kView).code, 200);
  const std::int64_t revision = store_.Revision();
  ASSERT_TRUE(server_.EnsurePolicy().ok());
  EXPECT_EQ(store_.Revision(), revision) << "there was nothing to do";
  ASSERT_EQ(
      Call("PATCH", kView, R"({"rules":[]})", {{"Content-Type", "application/merge-patch+json"}})
          .code,
      200);
  ASSERT_TRUE(server_.EnsurePolicy().ok());
  EXPECT_FALSE(ArrayAt(Call("GET", kView).body, {"rules"})->empty());
}

}  // namespace
}  // namespace noizy::apiserver
