#include "tools/kindgen/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace noizy::kindgen {
namespace {

Result<KindModel> Model(const std::string& properties) {
  const std::string yaml = R"(
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Cluster
  names: {plural: gadgets, kind: Gadget}
  versions: [{name: v1, served: true, schema: {openAPIV3Schema: {type: object, properties: )" +
                           properties + "}}}]\n";
  const auto registry = KindRegistry::FromYaml({yaml});
  EXPECT_TRUE(registry.ok()) << registry.status().message();
  return BuildModel(registry->kinds().front());
}

TEST(BuildModel, SpecAndStatusAreAlwaysThere) {
  const auto model = Model(
      "{spec: {type: object, properties: {a: {type: string}}}, other: {type: object, properties: "
      "{b: {type: string}}}}");
  ASSERT_TRUE(model.ok()) << model.status().message();
  ASSERT_EQ(model->root.fields.size(), 2U);
  EXPECT_FALSE(model->root.fields[0].optional);
  EXPECT_TRUE(model->root.fields[1].optional);
  EXPECT_EQ(model->root.fields[1].type.Spelling(), "GadgetOther");
}

TEST(BuildModel, OneTitleIsOneStruct) {
  const auto same = Model(
      "{a: {type: object, title: T, properties: {x: {type: string}}}, b: {type: object, title: T, "
      "properties: {x: {type: string}}}}");
  ASSERT_TRUE(same.ok()) << same.status().message();
  EXPECT_EQ(same->structs.size(), 1U);
  const auto different = Model(
      "{a: {type: object, title: T, properties: {x: {type: string}}}, b: {type: object, title: T, "
      "properties: {x: {type: integer}}}}");
  EXPECT_EQ(different.status().message(),
            "gadgets.example.com: T: two different objects have this title");
  const auto longer = Model(
      "{a: {type: object, title: T, properties: {x: {type: string}}}, b: {type: object, title: T, "
      "properties: {x: {type: string}, y: {type: string}}}}");
  EXPECT_FALSE(longer.ok());
}

TEST(BuildModel, RefusesDefaultsWithoutACppForm) {
  EXPECT_TRUE(Model("{a: {type: array, default: [], items: {type: string}}}").ok());
  EXPECT_EQ(Model("{a: {type: array, default: [x], items: {type: string}}}").status().message(),
            "gadgets.example.com: a: a default that is neither a scalar nor empty has no C++ form");
}

TEST(BuildModel, NestedContainers) {
  const auto model = Model(
      "{a: {type: array, items: {type: array, items: {type: number}}}, b: {type: object, "
      "additionalProperties: {type: object, title: T, properties: {x: {type: boolean}}}}}");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->root.fields[0].type.Spelling(), "std::vector<std::vector<double>>");
  EXPECT_EQ(model->root.fields[1].type.Spelling(), "std::map<std::string, T>");
}

}  // namespace
}  // namespace noizy::kindgen
