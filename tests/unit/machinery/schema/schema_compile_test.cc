#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/schema.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

using testing::ElementsAre;

Result<std::shared_ptr<const Schema>> Compile(std::string_view yaml) {
  return CompileSchema(ParseYaml(yaml)->front().value);
}

// "field: message" of every fault.
std::vector<std::string> FaultsOf(std::string_view yaml) {
  std::vector<std::string> out;
  const auto compiled = Compile(yaml);
  if (compiled) return out;
  for (const StatusCause& cause : compiled.status().details().causes) {
    out.push_back(cause.field + ": " + cause.message);
  }
  return out;
}

TEST(CompileSchema, ReadsEveryKeyword) {
  const auto schema = Compile(R"(
type: object
title: Widget
description: A widget.
required: [size]
minProperties: 1
maxProperties: 9
x-kubernetes-map-type: atomic
properties:
  size: {type: integer, format: int32, minimum: 1, maximum: 9, exclusiveMaximum: true, multipleOf: 2, default: 2}
  name: {type: string, minLength: 1, maxLength: 5, pattern: '^a+$', enum: [a, aa], nullable: true}
  parts:
    type: array
    minItems: 1
    maxItems: 3
    x-kubernetes-list-type: map
    x-kubernetes-list-map-keys: [id]
    items: {type: object, properties: {id: {type: string}}}
  tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
  port: {x-kubernetes-int-or-string: true}
  labels: {type: object, additionalProperties: {type: string}}
  raw: {type: object, x-kubernetes-preserve-unknown-fields: true}
  free: {type: object, additionalProperties: true}
oneOf: [{required: [name]}, {required: [port]}]
)");
  ASSERT_TRUE(schema.ok()) << schema.status().message();
  const Schema& root = **schema;
  EXPECT_EQ(root.type, Schema::Type::kObject);
  EXPECT_EQ(root.title, "Widget");
  EXPECT_EQ(root.min_properties, 1);
  EXPECT_TRUE(root.atomic_map);
  EXPECT_THAT(root.property_order,
              ElementsAre("size", "name", "parts", "tags", "port", "labels", "raw", "free"));
  EXPECT_EQ(root.one_of.size(), 2U);
  const Schema& size = *root.properties.at("size");
  EXPECT_EQ(size.maximum, 9);
  EXPECT_TRUE(size.exclusive_maximum);
  EXPECT_EQ(size.multiple_of, 2);
  EXPECT_EQ(size.default_value->as_int64(), 2);
  const Schema& name = *root.properties.at("name");
  EXPECT_TRUE(name.nullable);
  EXPECT_TRUE(name.pattern != nullptr);
  EXPECT_EQ(name.enum_values.size(), 2U);
  const Schema& parts = *root.properties.at("parts");
  EXPECT_EQ(parts.list_type, Schema::ListType::kMap);
  EXPECT_THAT(parts.list_map_keys, ElementsAre("id"));
  EXPECT_EQ(root.properties.at("tags")->list_type, Schema::ListType::kSet);
  EXPECT_TRUE(root.properties.at("port")->int_or_string);
  EXPECT_TRUE(root.properties.at("labels")->additional_properties != nullptr);
  EXPECT_TRUE(root.properties.at("raw")->preserve_unknown_fields);
  EXPECT_TRUE(root.properties.at("free")->preserve_unknown_fields);
  EXPECT_TRUE(root.source.as_object().contains("oneOf"));
}

TEST(CompileSchema, ListsEveryFault) {
  EXPECT_THAT(
      FaultsOf(R"(
type: object
properties:
  a: {type: text}
  b: {}
  c: {type: array}
  d: {type: string, pattern: '('}
  e: {type: array, uniqueItems: true, items: {type: string}}
  f: {type: array, x-kubernetes-list-type: map, items: {type: string}}
  g: {type: object, properties: {x: {type: string}}, additionalProperties: {type: string}}
  h: {$ref: x, type: string}
  i: {type: integer, default: 5, maximum: 4}
  j: []
  k: {type: string, anyOf: [{default: x}]}
)"),
      ElementsAre(
          "properties[a].type: Unsupported value: \"text\": supported values: \"array\", "
          "\"boolean\", \"integer\", \"number\", \"object\", \"string\"",
          "properties[b].type: Required value: must not be empty for specified object fields",
          "properties[c].items: Required value: must be specified",
          "properties[d].pattern: Invalid value: \"(\": must be a valid regular expression, but "
          "isn't: missing ): (",
          "properties[e].uniqueItems: Forbidden: uniqueItems cannot be set to true since the "
          "runtime complexity becomes quadratic",
          "properties[f].x-kubernetes-list-map-keys: Required value: must not be empty if "
          "x-kubernetes-list-type is map",
          "properties[g].additionalProperties: Forbidden: additionalProperties and properties "
          "are mutual exclusive",
          "properties[h].$ref: Forbidden: $ref is not supported",
          "properties[i].default: Invalid value: 5: properties[i].default in body should be less "
          "than or equal to 4",
          "properties[j]: Invalid value: must be an object",
          "properties[k].anyOf[0].default: Forbidden: must be undefined to be structural"));
}

TEST(CompileSchema, CompletesDefaultsWithTheirOwn) {
  const auto schema = Compile(R"(
type: object
properties:
  retry:
    type: object
    default: {}
    properties:
      limit: {type: integer, default: 3}
      backoff: {type: object, default: {}, properties: {factor: {type: number, default: 2}}}
  plain: {type: string}
)");
  ASSERT_TRUE(schema.ok()) << schema.status().message();
  EXPECT_EQ((*schema)->properties.at("retry")->default_value->at("backoff").at("factor").as_int64(),
            2);
  ASSERT_EQ((*schema)->defaulted.size(), 1U);
  EXPECT_EQ((*schema)->defaulted.front().first, "retry");
}

}  // namespace
}  // namespace noizy
