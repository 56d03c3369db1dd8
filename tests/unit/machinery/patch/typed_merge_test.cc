#include "machinery/patch/typed_merge.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

Value Merged(std::string_view value, std::string_view wanted) {
  Value merged = FromYaml(value);
  MergeTyped(WidgetSchema(), merged, FromYaml(wanted));
  return merged;
}

TEST(MergeTyped, FollowsTheSchema) {
  struct Case {
    const char* value;
    const char* wanted;
    const char* merged;
  };
  const std::vector<Case> cases{
      {"{spec: {size: 1}}", "{spec: {color: red}}", "{spec: {size: 1, color: red}}"},
      {"{spec: {selector: {a: b}}}", "{spec: {selector: {c: d}}}", "{spec: {selector: {c: d}}}"},
      {"{spec: {limits: {a: b}}}", "{spec: {limits: {c: d}}}", "{spec: {limits: {a: b, c: d}}}"},
      {"{spec: {args: [a, b]}}", "{spec: {args: [c]}}", "{spec: {args: [c]}}"},
      {"{spec: {extra: {a: {b: [1]}}}}", "{spec: {extra: {a: {b: [2], c: 3}}}}",
       "{spec: {extra: {a: {b: [2], c: 3}}}}"},
      {"{spec: {ports: [{port: 1, name: a}, {port: 2}]}}",
       "{spec: {ports: [{port: 2, name: b}, {port: 3}]}}",
       "{spec: {ports: [{port: 1, name: a}, {port: 2, name: b}, {port: 3}]}}"},
      {"{metadata: {finalizers: [a/a]}}", "{metadata: {finalizers: [b/b]}}",
       "{metadata: {finalizers: [a/a, b/b]}}"},
  };
  for (const Case& test : cases) {
    const Value merged = Merged(test.value, test.wanted);
    EXPECT_TRUE(Equal(merged, FromYaml(test.merged))) << test.wanted << ": " << ToJson(merged);
  }
}

TEST(MergeTyped, KeepsTheOrderOfBothListsWhereItCan) {
  struct Case {
    const char* value;
    const char* wanted;
    const char* merged;
  };
  const std::vector<Case> cases{
      {"[a, b, c]", "[c, a, d]", "[c, a, b, d]"}, {"[a, b]", "[x, a]", "[x, a, b]"},
      {"[a, b]", "[b, c]", "[a, b, c]"},          {"[z, a]", "[x, a]", "[z, x, a]"},
      {"[a, a, b]", "[b, a]", "[b, a]"},          {"[a]", "[]", "[a]"},
  };
  for (const Case& test : cases) {
    const auto in_tags = [](std::string_view list) {
      return std::string("{spec: {tags: ").append(list).append("}}");
    };
    const Value merged = Merged(in_tags(test.value), in_tags(test.wanted));
    EXPECT_EQ(ToJson(merged), ToJson(FromYaml(in_tags(test.merged))))
        << test.value << " + " << test.wanted;
  }
}

TEST(RemoveFields, FollowsTheSchema) {
  struct Case {
    const char* value;
    const char* dropped;  // an object that sets just these fields
    const char* kept;     // likewise
    const char* left;
  };
  const std::vector<Case> cases{
      {"{spec: {size: 1, color: red}}", "{spec: {size: 1, color: red}}", "{spec: {color: red}}",
       "{spec: {color: red}}"},
      {"{spec: {size: 1}, status: {}}", "{spec: {size: 1}}", "{}", "{status: {}}"},
      {"{metadata: {name: a, labels: {x: y}}}", "{metadata: {labels: {x: y}}}", "{}",
       "{metadata: {name: a}}"},
      {"{spec: {limits: {a: b, c: d}}}", "{spec: {limits: {a: b}}}", "{spec: {limits: {c: d}}}",
       "{spec: {limits: {c: d}}}"},
      {"{spec: {tags: [a, b, c]}}", "{spec: {tags: [a, b]}}", "{spec: {tags: [b]}}",
       "{spec: {tags: [b, c]}}"},
      {"{spec: {ports: [{port: 1, name: a}, {port: 2}]}}",
       "{spec: {ports: [{port: 1, name: a}, {port: 2}]}}", "{spec: {ports: [{port: 1}]}}",
       "{spec: {ports: [{port: 1}]}}"},
      {"{spec: {args: [a]}}", "{spec: {args: [a], color: red}}", "{spec: {size: 1}}", "{spec: {}}"},
  };
  for (const Case& test : cases) {
    Value value = FromYaml(test.value);
    RemoveFields(WidgetSchema(), value, FieldsOf(WidgetSchema(), FromYaml(test.dropped)),
                 FieldsOf(WidgetSchema(), FromYaml(test.kept)));
    EXPECT_EQ(ToJson(value), ToJson(FromYaml(test.left))) << test.value << " - " << test.dropped;
  }
}

}  // namespace
}  // namespace noizy
