#include "machinery/patch/typed_fields.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

std::string Write(const FieldSet& set) {
  return ToJson(set.ToValue());
}

std::string Fields(std::string_view yaml) {
  return Write(FieldsOf(WidgetSchema(), FromYaml(yaml)));
}

TEST(FieldsOf, FollowsTheSchema) {
  struct Case {
    const char* object;
    const char* fields;
  };
  const std::vector<Case> cases{
      {"{spec: {size: 1, color: red}}", R"({"f:spec":{"f:color":{},"f:size":{}}})"},
      {"{spec: {selector: {a: b}}}", R"({"f:spec":{"f:selector":{}}})"},
      {"{spec: {limits: {cpu: '1'}}}", R"({"f:spec":{"f:limits":{"f:cpu":{}}}})"},
      {"{spec: {pools: {a: {min: 1}}}}", R"({"f:spec":{"f:pools":{"f:a":{".":{},"f:min":{}}}}})"},
      {"{spec: {args: [a, b]}}", R"({"f:spec":{"f:args":{}}})"},
      {"{spec: {tags: [b, a]}}", R"({"f:spec":{"f:tags":{"v:\"a\"":{},"v:\"b\"":{}}}})"},
      {"{spec: {tags: []}}", "{}"},
      {"{spec: {limits: {}}}", R"({"f:spec":{"f:limits":{}}})"},
      {"{spec: {ports: [{port: 80, name: web}]}}",
       R"({"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{},"f:port":{}}}}})"},
      {"{spec: {extra: {a: {b: [1]}}}}", R"({"f:spec":{"f:extra":{"f:a":{".":{},"f:b":{}}}}})"},
      {"{spec: {unknown: 1}}", "{}"},
      {"{apiVersion: v1, kind: Widget, metadata: {name: a, uid: b, labels: {x: y}}}",
       R"({"f:metadata":{"f:labels":{"f:x":{}}}})"},
      {"{metadata: {finalizers: [a/b], ownerReferences: [{uid: u, name: n}]}}",
       R"({"f:metadata":{"f:finalizers":{"v:\"a/b\"":{}},"f:ownerReferences":{"k:{\"uid\":\"u\"}":{}}}})"},
  };
  for (const Case& test : cases) EXPECT_EQ(Fields(test.object), test.fields) << test.object;
}

struct Difference {
  const char* before;
  const char* after;
  const char* added;
  const char* modified;
  const char* removed;
};

TEST(CompareFields, FollowsTheSchema) {
  const std::vector<Difference> cases{
      {"{spec: {size: 1}}", "{spec: {size: 1.0}}", "{}", "{}", "{}"},
      {"{spec: {size: 1}}", "{spec: {size: 2}}", "{}", R"({"f:spec":{"f:size":{}}})", "{}"},
      {"{}", "{spec: {size: 2}}", R"({"f:spec":{".":{},"f:size":{}}})", "{}", "{}"},
      {"{spec: {size: 2}}", "{}", "{}", "{}", R"({"f:spec":{".":{},"f:size":{}}})"},
      {"{spec: {args: [a]}}", "{spec: {args: [a, b]}}", "{}", R"({"f:spec":{"f:args":{}}})", "{}"},
      {"{spec: {selector: {a: b}}}", "{spec: {selector: {a: c}}}", "{}",
       R"({"f:spec":{"f:selector":{}}})", "{}"},
      {"{spec: {tags: [a, b]}}", "{spec: {tags: [c, b]}}",
       R"({"f:spec":{"f:tags":{"v:\"c\"":{}}}})", "{}", R"({"f:spec":{"f:tags":{"v:\"a\"":{}}}})"},
      {"{spec: {tags: [a, b]}}", "{spec: {tags: [b, a]}}", "{}", "{}", "{}"},
      {"{spec: {tags: []}}", "{spec: {}}", "{}", "{}", R"({"f:spec":{"f:tags":{}}})"},
      {"{spec: {ports: [{port: 80}]}}", "{spec: {ports: [{port: 80, protocol: TCP, name: a}]}}",
       R"({"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{"f:name":{},"f:protocol":{}}}}})",
       "{}", "{}"},
      {"{metadata: {resourceVersion: '1', generation: 1, managedFields: []}}",
       "{metadata: {resourceVersion: '2', generation: 2}}", "{}", "{}", "{}"},
      {"{spec: {extra: {a: {b: 1}}}}", "{spec: {extra: {a: [1]}}}", "{}",
       R"({"f:spec":{"f:extra":{"f:a":{}}}})", R"({"f:spec":{"f:extra":{"f:a":{"f:b":{}}}}})"},
  };
  for (const Difference& test : cases) {
    const FieldChanges changes =
        CompareFields(WidgetSchema(), FromYaml(test.before), FromYaml(test.after));
    EXPECT_EQ(Write(changes.added), test.added) << test.before << " → " << test.after;
    EXPECT_EQ(Write(changes.modified), test.modified) << test.before << " → " << test.after;
    EXPECT_EQ(Write(changes.removed), test.removed) << test.before << " → " << test.after;
  }
}

TEST(DuplicateItems, NamesListKeyAndItem) {
  const auto found =
      DuplicateItems(WidgetSchema(),
                     FromYaml("{spec: {tags: [a, b, a], args: [x, x], ports: [{port: 1}, {port: 1, "
                              "protocol: UDP}, {port: 1, protocol: TCP}]}}"));
  const std::vector<std::string> expected{
      R"(.spec.tags: duplicate entries for key [="a"])",
      R"(.spec.ports: duplicate entries for key [port=1,protocol="TCP"])"};
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(DuplicateItems(WidgetSchema(), FromYaml("{spec: {tags: [a, b]}}")).empty());
}

}  // namespace
}  // namespace noizy
