#include "machinery/protobuf/openapi_v2.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/protobuf/wire.h"

namespace noizy {
namespace {

// What one definition is written as.
std::string Definition(std::string_view json) {
  return EncodeOpenApiV2(Object{{"definitions", Object{{"D", *ParseJson(json)}}}});
}

std::string Named(std::uint64_t number, std::string_view name, std::string_view value) {
  return Entry(number, name, value);
}

std::string Schema(const std::string& message) {
  return Bytes(9, Named(1, "D", message));
}

std::string Yaml(std::string_view text) {
  return Bytes(2, text);
}

TEST(OpenApiV2, WritesTheHead) {
  EXPECT_EQ(EncodeOpenApiV2(*ParseJson(R"({"swagger":"2.0","info":{"title":"T","version":"v1"}})")),
            Bytes(1, "2.0") + Bytes(2, Bytes(1, "T") + Bytes(2, "v1")));
  EXPECT_EQ(EncodeOpenApiV2(nullptr), "");
}

TEST(OpenApiV2, WritesSchemas) {
  EXPECT_EQ(Definition(R"({"type":"string","maxLength":5,"enum":["a",1],"required":["x","y"]})"),
            Schema(Number(11, 5) + Bytes(19, "x") + Bytes(19, "y") + Bytes(20, Yaml("\"a\"")) +
                   Bytes(20, Yaml("1")) + Bytes(22, Bytes(1, "string"))));
  EXPECT_EQ(Definition(R"({"maximum":1.5,"minimum":-1,"uniqueItems":true})"),
            Schema(Key(7, 1) + std::string("\0\0\0\0\0\0\xf8\x3f", 8) + Key(9, 1) +
                   std::string("\0\0\0\0\0\0\xf0\xbf", 8) + Number(16, 1)));
}

TEST(OpenApiV2, WritesSchemasWithinSchemas) {
  EXPECT_EQ(Definition(R"({"items":{"$ref":"#/d"},"properties":{"b":{"format":"f"},"a":{}}})"),
            Schema(Bytes(23, Bytes(1, Bytes(1, "#/d"))) +
                   Bytes(25, Named(1, "b", Bytes(2, "f")) + Named(1, "a", ""))));
  EXPECT_EQ(Definition(R"({"additionalProperties":{"title":"t"}})"),
            Schema(Bytes(21, Bytes(1, Bytes(3, "t")))));
  EXPECT_EQ(Definition(R"({"additionalProperties":true})"), Schema(Bytes(21, Number(2, 1))));
}

TEST(OpenApiV2, WritesExtensionsAsYaml) {
  EXPECT_EQ(Definition(R"({"x-kubernetes-list-map-keys":["name"],"unheard-of":1})"),
            Schema(Named(31, "x-kubernetes-list-map-keys", Yaml(R"(["name"])"))));
}

TEST(OpenApiV2, LeavesOutValuesOfAnotherType) {
  EXPECT_EQ(Definition(R"({"title":1,"maxLength":"a","maximum":"b","uniqueItems":3,"items":4,)"
                       R"("properties":[]})"),
            Schema(""));
  EXPECT_EQ(Definition("7"), Schema(""));
}

TEST(OpenApiV2, WritesOperationsWithTheirParameters) {
  const Value document = *ParseJson(
      R"({"paths":{"/a":{"patch":{"operationId":"p","consumes":["c"],"parameters":[)"
      R"({"in":"query","name":"q","type":"string"},{"in":"path","name":"n","required":true},)"
      R"({"in":"body","name":"b","schema":{"$ref":"#/r"}},{"in":"header","name":"h"}],)"
      R"("responses":{"200":{"description":"OK","schema":{"$ref":"#/s"}}},"x-a":{"k":1}}}}})");
  const std::string query = Bytes(2, "query") + Bytes(4, "q") + Bytes(6, "string");
  const std::string path = Number(1, 1) + Bytes(2, "path") + Bytes(4, "n");
  const std::string body = Bytes(2, "b") + Bytes(3, "body") + Bytes(5, Bytes(1, "#/r"));
  const std::string response = Bytes(1, "OK") + Bytes(2, Bytes(1, Bytes(1, "#/s")));
  const std::string patch =
      Bytes(5, "p") + Bytes(7, "c") + Bytes(8, Bytes(1, Bytes(2, Bytes(3, query)))) +
      Bytes(8, Bytes(1, Bytes(2, Bytes(4, path)))) + Bytes(8, Bytes(1, Bytes(1, body))) +
      Bytes(9, Named(1, "200", Bytes(1, response))) + Named(13, "x-a", Yaml(R"({"k":1})"));
  EXPECT_EQ(EncodeOpenApiV2(document), Bytes(8, Named(2, "/a", Bytes(8, patch))));
}

}  // namespace
}  // namespace noizy
