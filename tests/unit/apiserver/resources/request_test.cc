#include "apiserver/resources/request.h"

#include <gtest/gtest.h>

namespace noizy::apiserver {
namespace {

RequestTarget Info(const std::string& method, const std::string& path,
                   const std::string& query = "") {
  HttpRequest request;
  request.method = method;
  request.path = path;
  return *ParseRequestTarget(request, *ParseQuery(query));
}

TEST(RequestTargetTest, NamespacedObjects) {
  const RequestTarget info = Info("GET", "/apis/noizy.dev/v1/namespaces/default/tasks/a/log");
  EXPECT_TRUE(info.is_resource);
  EXPECT_EQ(info.verb, "get");
  EXPECT_EQ(info.group, "noizy.dev");
  EXPECT_EQ(info.version, "v1");
  EXPECT_EQ(info.ns, "default");
  EXPECT_EQ(info.plural, "tasks");
  EXPECT_EQ(info.name, "a");
  EXPECT_EQ(info.subresource, "log");
}

TEST(RequestFlagsTest, AParameterWithoutAValueSaysYes) {
  const QueryParameters query = {{"a", ""}, {"b", "true"}, {"c", "0"}, {"d", "False"}, {"e", "x"}};
  for (const char* yes : {"a", "b", "e"}) EXPECT_TRUE(IsFlagSet(query, yes)) << yes;
  for (const char* no : {"c", "d", "absent"}) EXPECT_FALSE(IsFlagSet(query, no)) << no;
}

TEST(RequestTargetTest, VerbsFollowMethodNameAndWatch) {
  const std::string list = "/api/v1/namespaces/default/secrets";
  EXPECT_EQ(Info("GET", list).verb, "list");
  EXPECT_EQ(Info("GET", list, "watch=1").verb, "watch");
  EXPECT_EQ(Info("GET", list, "watch=0").verb, "list");
  EXPECT_EQ(Info("GET", list, "watch").verb, "watch");
  EXPECT_EQ(Info("GET", list, "watch=").verb, "watch");
  EXPECT_EQ(Info("POST", list).verb, "create");
  EXPECT_EQ(Info("DELETE", list).verb, "deletecollection");
  EXPECT_EQ(Info("GET", list + "/s").verb, "get");
  EXPECT_EQ(Info("PUT", list + "/s").verb, "update");
  EXPECT_EQ(Info("PATCH", list + "/s").verb, "patch");
  EXPECT_EQ(Info("DELETE", list + "/s").verb, "delete");
}

TEST(RequestTargetTest, TheOlderFormOfAWatchIsRead) {
  const RequestTarget info = Info("GET", "/apis/noizy.dev/v1/watch/namespaces/default/tasks");
  EXPECT_EQ(info.verb, "watch");
  EXPECT_EQ(info.ns, "default");
  EXPECT_EQ(info.plural, "tasks");
  EXPECT_EQ(Info("GET", "/api/v1/watch/configmaps").plural, "configmaps");
  EXPECT_EQ(Info("POST", "/api/v1/watch/configmaps").verb, "create");
}

TEST(RequestTargetTest, ANamespaceIsAnObjectToo) {
  const RequestTarget one = Info("GET", "/api/v1/namespaces/default");
  EXPECT_EQ(one.plural, "namespaces");
  EXPECT_EQ(one.name, "default");
  EXPECT_EQ(one.ns, "");
  const RequestTarget status = Info("PUT", "/api/v1/namespaces/default/status");
  EXPECT_EQ(status.plural, "namespaces");
  EXPECT_EQ(status.subresource, "status");
  EXPECT_EQ(Info("GET", "/api/v1/namespaces").plural, "namespaces");
}

TEST(RequestTargetTest, OtherPathsAreNoResources) {
  for (const char* path : {"/", "/api", "/api/v1", "/apis", "/apis/noizy.dev", "/apis/noizy.dev/v1",
                           "/readyz", "/openapi/v3"}) {
    const RequestTarget info = Info("GET", path);
    EXPECT_FALSE(info.is_resource) << path;
    EXPECT_EQ(info.verb, "get") << path;
  }
}

TEST(RequestTargetTest, SegmentsAreDecodedOnce) {
  EXPECT_EQ(Info("GET", "/api/v1/namespaces/default/secrets/a%2Fb").name, "a/b");
  HttpRequest request;
  request.path = "/api/v1/namespaces/%zz/secrets";
  EXPECT_EQ(ParseRequestTarget(request, {}).status().reason(), StatusReason::kBadRequest);
}

TEST(IdentityTest, Groups) {
  const Identity identity{"u", {"a", "b"}};
  EXPECT_TRUE(identity.InGroup("b"));
  EXPECT_FALSE(identity.InGroup("c"));
}

}  // namespace
}  // namespace noizy::apiserver
