#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

using DocumentsTest = ApiTest;

constexpr const char* kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

TEST_F(DocumentsTest, LegacyDiscovery) {
  EXPECT_EQ(Call("GET", "/api").Text({"kind"}), "APIVersions");
  EXPECT_EQ(Call("GET", "/apis").Text({"kind"}), "APIGroupList");
  EXPECT_EQ(Call("GET", "/apis/noizy.dev").Text({"kind"}), "APIGroup");
  const Answer list = Call("GET", "/apis/noizy.dev/v1");
  EXPECT_EQ(list.Text({"kind"}), "APIResourceList");
  EXPECT_NE(ToJson(list.body).find(R"("name":"tasks/log")"), std::string::npos);
  EXPECT_EQ(Call("GET", "/api/v1").Text({"groupVersion"}), "v1");
  EXPECT_EQ(Call("GET", "/apis/nobody.dev/v1").code, 404);
  EXPECT_EQ(Call("GET", "/api/v9").code, 404);
}

TEST_F(DocumentsTest, AggregatedDiscoverySaysSoInItsType) {
  const Answer answer = Call("GET", "/apis", "", {{"Accept", kAggregated}});
  EXPECT_EQ(answer.Text({"kind"}), "APIGroupDiscoveryList");
  EXPECT_EQ(FindHeader(answer.headers, "Content-Type"),
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  EXPECT_EQ(FindHeader(answer.headers, "Vary"), "Accept");
}

TEST_F(DocumentsTest, TheRootNamesThePaths) {
  const Answer root = Call("GET", "/");
  EXPECT_TRUE(ToJson(root.body).starts_with(R"({"paths":["/api","/api/v1","/apis",)"));
  for (const Value& path : *ArrayAt(root.body, {"paths"})) {
    const std::string text(View(path.get_string()));
    // What is wired where there are a data folder and agents.
    const bool elsewhere = text == "/noizy/v1/tokens" || text == "/noizy/v1/store";
    const int wanted = elsewhere ? 404 : 200;
    EXPECT_EQ(Call("GET", text).code, wanted) << text;
  }
  EXPECT_EQ(Call("GET", "/nowhere").code, 404);
}

TEST_F(DocumentsTest, AreOnlyRead) {
  for (const char* path : {"/", "/api", "/apis", "/version", "/openapi/v2", "/noizy/v1/ca"}) {
    EXPECT_EQ(Call("HEAD", path).code, 200) << path;
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"})
      EXPECT_EQ(Call(method, path).code, 405) << method << path;
  }
}

TEST_F(DocumentsTest, AKnownEtagSavesTheBody) {
  const Answer first = Call("GET", "/apis");
  const std::string etag(FindHeader(first.headers, "ETag"));
  ASSERT_FALSE(etag.empty());
  EXPECT_EQ(Call("GET", "/apis", "", {{"If-None-Match", etag}}).code, 304);
  EXPECT_EQ(Call("GET", "/apis", "", {{"If-None-Match", "\"other\""}}).code, 200);
}

TEST_F(DocumentsTest, OpenApiIndexLeadsToTheGroupsDocuments) {
  const Answer index = Call("GET", "/openapi/v3");
  const std::string url(index.Text({"paths", "apis/noizy.dev/v1", "serverRelativeURL"}));
  ASSERT_FALSE(url.empty());
  const Answer document = Call("GET", url);
  EXPECT_EQ(document.code, 200);
  EXPECT_TRUE(document.Text({"openapi"}).starts_with("3.0"));
  EXPECT_NE(FindHeader(document.headers, "Cache-Control").find("immutable"),
            std::string_view::npos);
  const Answer old = Call("GET", Under("/openapi/v3/apis/noizy.dev/v1", "?hash=old"));
  EXPECT_EQ(old.code, 301) << "what an old hash named is gone";
  EXPECT_EQ(FindHeader(old.headers, "Location"), url);
  EXPECT_EQ(Call("GET", "/openapi/v2").Text({"swagger"}), "2.0");
  EXPECT_EQ(Call("GET", "/openapi/v3/apis/nobody.dev/v1").code, 404);
}

TEST_F(DocumentsTest, OpenApiV2IsProtobufForWhoAsks) {
  const Answer json = Call("GET", "/openapi/v2", "", {{"Accept", "application/json"}});
  EXPECT_EQ(FindHeader(json.headers, "Content-Type"), "application/json");
  const std::string asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  const Answer protobuf = Call("GET", "/openapi/v2", "", {{"Accept", asked}});
  EXPECT_EQ(FindHeader(protobuf.headers, "Content-Type"),
            "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  EXPECT_TRUE(
      protobuf.Text({}).starts_with("\x0a\x03"
                                    "2.0"));
  EXPECT_NE(FindHeader(json.headers, "ETag"), FindHeader(protobuf.headers, "ETag"));
}

}  // namespace
}  // namespace noizy::apiserver
