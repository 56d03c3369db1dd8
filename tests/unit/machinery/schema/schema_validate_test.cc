#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/schema.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "reason field: message" of every fault of `json` under a schema of one property, `x`.
std::vector<std::string> Faults(const std::string& x_schema, const std::string& json) {
  const auto schema =
      CompileSchema(ParseYaml("type: object\nproperties:\n  x: " + x_schema + "\n")->front().value);
  EXPECT_TRUE(schema.ok()) << schema.status().message();
  std::vector<std::string> out;
  for (const StatusCause& cause :
       Validate(**schema, *ParseJson(R"({"x":)" + json + "}"), FieldPath("spec"))) {
    out.push_back(cause.reason + " " + cause.field + ": " + cause.message);
  }
  return out;
}

TEST(Validate, AnObjectWithinSaysWhatItIsAndHasMetadatasForm) {
  const std::string schema =
      "{type: object, x-kubernetes-embedded-resource: true, "
      "x-kubernetes-preserve-unknown-fields: true}";
  EXPECT_THAT(Faults(schema, R"({"kind":"","metadata":{"labels":{"a":1}}})"),
              ElementsAre("FieldValueRequired spec.x.apiVersion: Required value: must not be empty",
                          "FieldValueRequired spec.x.kind: Required value: must not be empty",
                          "FieldValueTypeInvalid spec.x.metadata.labels.a: Invalid value: "
                          "\"integer\": spec.x.metadata.labels.a in body must be of type string: "
                          "\"integer\""));
  EXPECT_THAT(Faults(schema, R"({"apiVersion":"v1","kind":"A","metadata":{"name":"n"}})"),
              IsEmpty());
}

TEST(Validate, Types) {
  EXPECT_THAT(
      Faults("{type: integer}", R"("5")"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x: Invalid value: \"string\": spec.x in body must be of type "
          "integer: \"string\""));
  EXPECT_THAT(
      Faults("{type: integer}", "1.5"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x: Invalid value: \"number\": spec.x in body must be of type "
          "integer: \"number\""));
  EXPECT_THAT(
      Faults("{type: string}", "null"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x: Invalid value: \"null\": spec.x in body must be of type "
          "string: \"null\""));
  EXPECT_THAT(
      Faults("{type: object}", "[]"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x: Invalid value: \"array\": spec.x in body must be of type "
          "object: \"array\""));
  for (const auto& [type, good] :
       std::vector<std::pair<std::string, std::string>>{{"integer", "5"},
                                                        {"integer", "5.0"},
                                                        {"number", "5"},
                                                        {"number", "5.5"},
                                                        {"boolean", "true"},
                                                        {"string", "\"\""},
                                                        {"object", "{}"}}) {
    EXPECT_THAT(Faults("{type: " + type + "}", good), IsEmpty()) << type << " " << good;
  }
  EXPECT_THAT(Faults("{type: string, nullable: true}", "null"), IsEmpty());
}

TEST(Validate, IntegersFitInt64) {
  for (const char* beyond : {"9223372036854775808", "18446744073709551615", "1e30", "-1e30"}) {
    EXPECT_EQ(Faults("{type: integer}", beyond).size(), 1U) << beyond;
    EXPECT_THAT(Faults("{type: number}", beyond), IsEmpty()) << beyond;
  }
  for (const char* within : {"9223372036854775807", "-9223372036854775808", "1e18"}) {
    EXPECT_THAT(Faults("{type: integer}", within), IsEmpty()) << within;
  }
}

TEST(Validate, IntOrString) {
  const std::string schema =
      "{x-kubernetes-int-or-string: true, minimum: 1, pattern: '^[0-9]+m?$'}";
  EXPECT_THAT(Faults(schema, "5"), IsEmpty());
  EXPECT_THAT(Faults(schema, R"("5m")"), IsEmpty());
  EXPECT_EQ(Faults(schema, "0").size(), 1U);
  EXPECT_EQ(Faults(schema, R"("x")").size(), 1U);
  EXPECT_THAT(Faults(schema, "true"), ElementsAre("FieldValueTypeInvalid spec.x: Invalid value: "
                                                  "\"boolean\": spec.x in body must be of type "
                                                  "integer,string: \"boolean\""));
}

TEST(Validate, Enum) {
  EXPECT_THAT(Faults("{type: string, enum: [a, b]}", R"("x")"),
              ElementsAre("FieldValueNotSupported spec.x: Unsupported value: \"x\": supported "
                          "values: \"a\", \"b\""));
  EXPECT_THAT(
      Faults("{type: integer, enum: [1, 2]}", "3"),
      ElementsAre(
          "FieldValueNotSupported spec.x: Unsupported value: 3: supported values: \"1\", \"2\""));
  EXPECT_THAT(Faults("{type: integer, enum: [1, 2]}", "2"), IsEmpty());
}

TEST(Validate, Texts) {
  EXPECT_THAT(Faults("{type: string, minLength: 2}", R"("a")"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: \"a\": spec.x in body should "
                          "be at least 2 chars "
                          "long"));
  EXPECT_THAT(Faults("{type: string, maxLength: 2}", R"("abc")"),
              ElementsAre("FieldValueTooLong spec.x: Too long: may not be more than 2 bytes"));
  EXPECT_THAT(Faults("{type: string, maxLength: 2}", "\"\u00e4\u00e4\""), IsEmpty());
  EXPECT_THAT(
      Faults("{type: string, pattern: '^a+$'}", R"("ab")"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: \"ab\": spec.x in body should match '^a+$'"));
  EXPECT_THAT(Faults("{type: string, pattern: 'b'}", R"("abc")"), IsEmpty());
  EXPECT_THAT(
      Faults("{type: string, format: date-time}", R"("soon")"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x: Invalid value: \"soon\": spec.x in body must be of type "
          "date-time: \"soon\""));
  EXPECT_THAT(Faults("{type: string, format: date-time}", R"("2026-01-01T00:00:00.000001Z")"),
              IsEmpty());
  EXPECT_EQ(Faults("{type: string, format: byte}", R"("%%%")").size(), 1U);
  EXPECT_THAT(Faults("{type: string, format: byte}", R"("AAAA")"), IsEmpty());
  EXPECT_THAT(Faults("{type: string, format: unheard-of}", R"("x")"), IsEmpty());
}

TEST(Validate, Numbers) {
  EXPECT_THAT(Faults("{type: integer, minimum: 1}", "0"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: 0: spec.x in body should be "
                          "greater than or equal "
                          "to 1"));
  EXPECT_THAT(Faults("{type: number, maximum: 0.5}", "0.75"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: 0.75: spec.x in body should be "
                          "less than or equal "
                          "to 0.5"));
  EXPECT_THAT(
      Faults("{type: integer, minimum: 1, exclusiveMinimum: true}", "1"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: 1: spec.x in body should be greater than 1"));
  EXPECT_THAT(
      Faults("{type: integer, maximum: 1, exclusiveMaximum: true}", "1"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: 1: spec.x in body should be less than 1"));
  EXPECT_THAT(Faults("{type: number, multipleOf: 0.1}", "0.25"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: 0.25: spec.x in body should be "
                          "a multiple of 0.1"));
  EXPECT_THAT(Faults("{type: number, multipleOf: 0.1}", "0.3"), IsEmpty());
  EXPECT_EQ(Faults("{type: integer, format: int32}", "2147483648").size(), 1U);
  EXPECT_THAT(Faults("{type: integer, format: int64, minimum: 1, maximum: 3}", "3"), IsEmpty());
}

TEST(Validate, Objects) {
  EXPECT_THAT(
      Faults("{type: object, required: [a, b], properties: {a: {type: string}, b: {type: string}}}",
             "{}"),
      ElementsAre("FieldValueRequired spec.x.a: Required value",
                  "FieldValueRequired spec.x.b: Required value"));
  EXPECT_THAT(Faults("{type: object, maxProperties: 1, additionalProperties: {type: string}}",
                     R"({"a":"","b":""})"),
              ElementsAre("FieldValueTooMany spec.x: Too many: 2: must have at most 1 items"));
  EXPECT_THAT(
      Faults("{type: object, minProperties: 1, additionalProperties: {type: string}}", "{}"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: 0: spec.x in body should have at least 1 "
          "properties"));
  EXPECT_THAT(
      Faults("{type: object, additionalProperties: {type: string}}", R"({"a":1})"),
      ElementsAre(
          "FieldValueTypeInvalid spec.x.a: Invalid value: \"integer\": spec.x.a in body must be of "
          "type string: \"integer\""));
}

TEST(Validate, Arrays) {
  EXPECT_THAT(Faults("{type: array, maxItems: 1, items: {type: string}}", R"(["a","b"])"),
              ElementsAre("FieldValueTooMany spec.x: Too many: 2: must have at most 1 items"));
  EXPECT_THAT(Faults("{type: array, minItems: 1, items: {type: string}}", "[]"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: 0: spec.x in body should have "
                          "at least 1 items"));
  EXPECT_THAT(
      Faults(
          "{type: array, items: {type: object, required: [id], properties: {id: {type: string}}}}",
          R"([{"id":"a"},{}])"),
      ElementsAre("FieldValueRequired spec.x[1].id: Required value"));
  EXPECT_THAT(Faults("{type: array, x-kubernetes-list-type: set, items: {type: string}}",
                     R"(["a","b","a"])"),
              ElementsAre("FieldValueDuplicate spec.x[2]: Duplicate value: \"a\""));
  const std::string map =
      "{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: {type: "
      "object, properties: "
      "{id: {type: string}, v: {type: string}}}}";
  EXPECT_THAT(Faults(map, R"([{"id":"a","v":"1"},{"id":"a","v":"2"}])"),
              ElementsAre("FieldValueDuplicate spec.x[1]: Duplicate value: {\"id\":\"a\"}"));
  EXPECT_THAT(Faults(map, R"([{"id":"a"},{"id":"b"}])"), IsEmpty());
}

TEST(Validate, OneOf) {
  const std::string schema =
      "{type: object, properties: {a: {type: string}, b: {type: string}}, oneOf: [{required: [a]}, "
      "{required: [b]}]}";
  EXPECT_THAT(Faults(schema, R"({"a":""})"), IsEmpty());
  EXPECT_THAT(Faults(schema, "{}"), ElementsAre("FieldValueInvalid spec.x: Invalid value: \"\": "
                                                "\"spec.x\" must validate one and only one "
                                                "schema (oneOf). Found none valid",
                                                "FieldValueRequired spec.x.a: Required value"));
  EXPECT_THAT(Faults(schema, R"({"a":"","b":""})"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: \"\": \"spec.x\" must validate "
                          "one and only one "
                          "schema (oneOf). Found 2 valid alternatives"));
}

TEST(Validate, OneOfShowsTheNearestAlternative) {
  const auto faults = Faults(
      "{type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}}, "
      "oneOf: [{required: [a, b]}, {required: [c]}, {required: [a, b, c]}]}",
      "{}");
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[1], "FieldValueRequired spec.x.c: Required value");
}

TEST(Validate, AnyOfAllOfNot) {
  EXPECT_THAT(Faults("{type: integer, anyOf: [{minimum: 5}, {maximum: 1}]}", "3"),
              ElementsAre("FieldValueInvalid spec.x: Invalid value: \"\": \"spec.x\" must validate "
                          "at least one schema "
                          "(anyOf)",
                          "FieldValueInvalid spec.x: Invalid value: 3: spec.x in body should be "
                          "greater than or equal "
                          "to 5"));
  EXPECT_THAT(Faults("{type: integer, anyOf: [{minimum: 5}, {maximum: 1}]}", "0"), IsEmpty());
  EXPECT_THAT(
      Faults("{type: integer, allOf: [{minimum: 1}, {maximum: 5}]}", "6"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: 6: spec.x in body should be less than or equal "
          "to "
          "5",
          "FieldValueInvalid spec.x: Invalid value: \"\": \"spec.x\" must validate all the schemas "
          "(allOf)"));
  EXPECT_THAT(
      Faults("{type: string, not: {enum: [b]}}", R"("b")"),
      ElementsAre(
          "FieldValueInvalid spec.x: Invalid value: \"\": \"spec.x\" must not validate the schema "
          "(not)"));
  EXPECT_THAT(Faults("{type: string, not: {enum: [b]}}", R"("a")"), IsEmpty());
}

TEST(Validate, FindsEveryFaultAtOnce) {
  EXPECT_EQ(Faults("{type: object, required: [a], properties: {a: {type: string}, b: {type: "
                   "integer, maximum: 1}, c: "
                   "{type: string, enum: [x]}}}",
                   R"({"b":2,"c":5})")
                .size(),
            4U);
}

}  // namespace
}  // namespace noizy
