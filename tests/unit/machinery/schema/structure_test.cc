#include "machinery/schema/structure.h"

#include <gtest/gtest.h>

#include "machinery/value/yaml.h"

namespace noizy {
namespace {

// "field: message" of every fault.
std::string Faults(const std::string& yaml) {
  std::string text;
  for (const StatusCause& cause : CheckStructure(ParseYaml(yaml)->front().value, FieldPath("s")))
    text.append(cause.field).append(": ").append(cause.message).append("\n");
  return text;
}

// The faults of one property, p, of an otherwise good schema.
std::string Property(const std::string& yaml) {
  return Faults("{type: object, properties: {p: " + yaml + "}}");
}

TEST(Structure, TheRootIsAnObjectThatLeavesMetadataAlone) {
  EXPECT_EQ(Faults("{type: object, properties: {metadata: {type: object, properties: "
                   "{name: {type: string}}}}}"),
            "");
  EXPECT_EQ(Faults("{}"), "s.type: Required value: must not be empty at the root\n");
  EXPECT_EQ(Faults("{type: string}"),
            "s.type: Invalid value: \"string\": must be object at the root\n");
  EXPECT_EQ(Faults("{type: object, properties: {metadata: {properties: {labels: {}}}}}"),
            "s.properties[metadata]: Forbidden: must not specify anything other than name and "
            "generateName, but metadata is implicitly specified\n");
}

TEST(Structure, KeywordsStandWhereTheyMeanSomething) {
  struct Row {
    const char* property;
    const char* fault;
  };
  const Row rows[] = {
      {"{type: string, x-kubernetes-int-or-string: true}",
       "s.properties[p].type: Forbidden: must be empty if x-kubernetes-int-or-string is true\n"},
      {"{type: object, x-kubernetes-preserve-unknown-fields: false}",
       "s.properties[p].x-kubernetes-preserve-unknown-fields: Invalid value: \"false\": must be "
       "true or undefined\n"},
      {"{type: array, x-kubernetes-embedded-resource: true, properties: {}}",
       "s.properties[p].type: Invalid value: \"array\": must be object if "
       "x-kubernetes-embedded-resource is true\n"},
      {"{type: object, x-kubernetes-embedded-resource: true}",
       "s.properties[p].properties: Required value: must not be empty if "
       "x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields\n"},
      {"{type: object, patternProperties: {}}",
       "s.properties[p].patternProperties: Forbidden: patternProperties is not supported\n"},
      {"{type: array, x-kubernetes-list-type: bag}",
       "s.properties[p].x-kubernetes-list-type: Unsupported value: \"bag\": supported values: "
       "\"atomic\", \"map\", \"set\"\n"},
      {"{type: string, x-kubernetes-list-type: set}",
       "s.properties[p].type: Invalid value: \"string\": must be array if x-kubernetes-list-type "
       "is specified\n"},
      {"{type: array, x-kubernetes-list-type: set, x-kubernetes-list-map-keys: [a], "
       "items: {required: [a], properties: {a: {}}}}",
       "s.properties[p].x-kubernetes-list-type: Invalid value: \"set\": must be map if "
       "x-kubernetes-list-map-keys is non-empty\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(Property(row.property), row.fault);
}

TEST(Structure, MapKeysAreInEveryItem) {
  const auto keyed = [](const std::string& items) {
    return Property(
        "{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [a], "
        "items: " +
        items + "}");
  };
  EXPECT_EQ(keyed("{type: object, required: [a], properties: {a: {type: string}}}"), "");
  EXPECT_EQ(keyed("{type: object, properties: {a: {type: string, default: x}}}"), "");
  EXPECT_EQ(keyed("{type: object, properties: {b: {type: string}}}"),
            "s.properties[p].x-kubernetes-list-map-keys[0]: Invalid value: \"a\": entries must all "
            "be names of item properties\n");
  EXPECT_NE(keyed("{type: object, properties: {a: {type: string}}}").find("must have a default"),
            std::string::npos);
}

TEST(Structure, ConstraintsDescribeNothing) {
  EXPECT_EQ(
      Property("{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}"), "");
  EXPECT_EQ(Property("{type: object, properties: {a: {type: string}}, "
                     "oneOf: [{required: [a]}, {properties: {a: {minLength: 1}}}]}"),
            "");
  EXPECT_EQ(Property("{type: object, allOf: [{type: object, anyOf: [{description: d}]}]}"),
            "s.properties[p].allOf[0].type: Forbidden: must be empty to be structural\n"
            "s.properties[p].allOf[0].anyOf[0].description: Forbidden: must be empty to be "
            "structural\n");
  EXPECT_EQ(Property("{type: object, not: {properties: {a: {minLength: 1}}}}"),
            "s.properties[p].not.properties[a]: Required value: because it must be defined outside "
            "of it to be structural\n");
  EXPECT_EQ(Property("{type: array, items: {type: string}, not: {items: {type: string}}}"),
            "s.properties[p].not.items.type: Forbidden: must be empty to be structural\n");
}

TEST(Structure, NodesAreFoundAtEveryDepth) {
  const char* bad = "{type: string, x-kubernetes-int-or-string: true}";
  EXPECT_NE(Property(std::string("{type: array, items: ").append(bad).append("}")), "");
  EXPECT_NE(Property(std::string("{type: object, additionalProperties: ").append(bad).append("}")),
            "");
  EXPECT_NE(Property(std::string("{type: object, properties: {q: ").append(bad).append("}}")), "");
}

}  // namespace
}  // namespace noizy
