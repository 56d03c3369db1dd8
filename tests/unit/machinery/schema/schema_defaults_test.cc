#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/schema.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::shared_ptr<const Schema> Compile(std::string_view yaml) {
  auto schema = CompileSchema(ParseYaml(yaml)->front().value);
  EXPECT_TRUE(schema.ok()) << schema.status().message();
  return *schema;
}

const char kSchema[] = R"(
type: object
properties:
  kind: {type: string}
  metadata: {type: object}
  spec:
    type: object
    default: {}
    properties:
      size: {type: integer, default: 1}
      note: {type: string}
      maybe: {type: string, nullable: true, default: x}
      retry: {type: object, default: {}, properties: {limit: {type: integer, default: 3}}}
      optional: {type: object, properties: {depth: {type: integer, default: 7}}}
  parts:
    type: array
    items: {type: object, properties: {weight: {type: integer, default: 5}, name: {type: string}}}
  byName:
    type: object
    additionalProperties: {type: object, properties: {weight: {type: integer, default: 6}}}
  raw: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {known: {type: object, properties: {a: {type: string}}}}}
  template: {type: object, x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}
)";

std::string Defaulted(std::string_view json) {
  Value value = *ParseJson(json);
  ApplyDefaults(*Compile(kSchema), value);
  return ToJson(value);
}

TEST(ApplyDefaults, FillsEveryDepth) {
  EXPECT_EQ(Defaulted("{}"), R"({"spec":{"maybe":"x","retry":{"limit":3},"size":1}})");
  EXPECT_EQ(Defaulted(R"({"spec":{"retry":{}}})"),
            R"({"spec":{"retry":{"limit":3},"maybe":"x","size":1}})");
}

TEST(ApplyDefaults, KeepsWhatIsThere) {
  EXPECT_EQ(Defaulted(R"({"spec":{"size":9,"maybe":"","retry":{"limit":0}}})"),
            R"({"spec":{"size":9,"maybe":"","retry":{"limit":0}}})");
}

TEST(ApplyDefaults, GoesIntoItemsAndMapsButMakesNone) {
  EXPECT_EQ(
      Defaulted(
          R"({"spec":{"size":1,"maybe":"","retry":{"limit":1},"optional":{}},"parts":[{},{"weight":1}],"byName":{"a":{}}})"),
      R"({"spec":{"size":1,"maybe":"","retry":{"limit":1},"optional":{"depth":7}},"parts":[{"weight":5},{"weight":1}],"byName":{"a":{"weight":6}}})");
}

TEST(ApplyDefaults, ANullIsAbsentUnlessNullable) {
  EXPECT_EQ(Defaulted(R"({"spec":{"size":null,"note":null,"maybe":null,"retry":null}})"),
            R"({"spec":{"maybe":null,"retry":{"limit":3},"size":1}})");
  EXPECT_EQ(
      Defaulted(
          R"({"metadata":{"creationTimestamp":null},"spec":{"size":1,"maybe":null,"retry":{"limit":1}}})"),
      R"({"metadata":{"creationTimestamp":null},"spec":{"size":1,"maybe":null,"retry":{"limit":1}}})");
}

TEST(ApplyDefaults, TwiceIsOnce) {
  const std::string once = Defaulted(R"({"spec":{"optional":{}},"parts":[{}]})");
  EXPECT_EQ(Defaulted(once), once);
}

TEST(Prune, RemovesWhatIsUnknownAndNamesIt) {
  Value value =
      *ParseJson(R"({"apiVersion":"v1","kind":"X","metadata":{"name":"x","anything":1},"extra":1,
      "spec":{"size":1,"sise":2,"optional":{"depth":1,"width":2}},"parts":[{"weight":1},{"colour":"red"}],
      "byName":{"a":{"weight":1,"height":2}},"raw":{"free":1,"known":{"a":"b","c":"d"}},
      "template":{"kind":"Y","metadata":{"labels":{"a":"b"},"lables":{}},"spec":{},"status":{}}})");
  EXPECT_THAT(Prune(*Compile(kSchema), value),
              ElementsAre("metadata.anything", "spec.optional.width", "spec.sise",
                          "parts[1].colour", "byName.a.height", "raw.known.c",
                          "template.metadata.lables", "template.status", "extra"));
  EXPECT_EQ(
      ToJson(value),
      R"({"apiVersion":"v1","kind":"X","metadata":{"name":"x"},"spec":{"size":1,"optional":{"depth":1}},)"
      R"("parts":[{"weight":1},{}],"byName":{"a":{"weight":1}},"raw":{"free":1,"known":{"a":"b"}},)"
      R"("template":{"kind":"Y","metadata":{"labels":{"a":"b"}},"spec":{}}})");
}

TEST(Prune, LeavesAKnownObjectAlone) {
  Value value = *ParseJson(R"({"kind":"X","spec":{"size":"wrong type"},"parts":"not a list"})");
  const std::string before = ToJson(value);
  EXPECT_THAT(Prune(*Compile(kSchema), value), IsEmpty());
  EXPECT_EQ(ToJson(value), before);
}

}  // namespace
}  // namespace noizy
