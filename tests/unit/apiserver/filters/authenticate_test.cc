#include "apiserver/filters/authenticate.h"

#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

using AuthenticateTest = ApiTest;

TEST_F(AuthenticateTest, WithoutACertificateOnlyPublicPathsAnswer) {
  ActAs({});
  for (const char* path :
       {"/healthz", "/livez", "/readyz", "/readyz/storage", "/version", "/noizy/v1/ca"}) {
    EXPECT_EQ(Call("GET", path).code, 200) << path;
  }
  for (const char* path :
       {"/api", "/apis", "/metrics", "/openapi/v3", kTasks, "/versions", "/healthzz"}) {
    EXPECT_EQ(Call("GET", path).code, 401) << path;
  }
}

TEST_F(AuthenticateTest, AnOrdinaryUserDiscoversAndNoMore) {
  ActAs({"somebody", {"people"}, "02"});
  EXPECT_EQ(Call("GET", "/apis").code, 200);
  const Answer answer = Call("GET", kTasks);
  EXPECT_EQ(answer.code, 403);
  EXPECT_EQ(answer.Text({"message"}),
            "tasks.noizy.dev is forbidden: User \"somebody\" cannot list resource \"tasks\" in API "
            "group \"noizy.dev\" in the "
            "namespace \"default\"");
  EXPECT_EQ(Call("GET", "/metrics").code, 403);
}

TEST_F(AuthenticateTest, ANodeReadsItsOwnNodeAlone) {
  ASSERT_EQ(Call("POST", "/apis/noizy.dev/v1/nodes",
                 R"({"apiVersion":"noizy.dev/v1","kind":"Node","metadata":{"name":"a"}})")
                .code,
            201);
  ActAs({"system:node:a", {"system:nodes"}, "03"});
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/a").code, 200);
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/b").code, 403);
  EXPECT_EQ(Call("DELETE", "/apis/noizy.dev/v1/nodes/a").code, 403);
  EXPECT_EQ(Call("GET", "/api/v1/namespaces/default/secrets/s").code, 403);
}

TEST_F(AuthenticateTest, TheNameAloneMakesNoNode) {
  ActAs({"system:node:a", {"people"}, "04"});
  EXPECT_EQ(Call("GET", "/apis/noizy.dev/v1/nodes/a").code, 403);
}

}  // namespace
}  // namespace noizy::apiserver
