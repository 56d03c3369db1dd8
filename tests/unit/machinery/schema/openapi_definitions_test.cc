#include <gtest/gtest.h>

#include "machinery/schema/openapi.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

Object Definitions(OpenApiDialect dialect) {
  Object out;
  AddDefinitions(dialect, *WidgetRegistry().FindByName("widgets"), out);
  return out;
}

TEST(OpenApiDefinitions, AreNamedByReversedGroup) {
  EXPECT_EQ(DefinitionName({"noizy.dev", "v1", "Task"}), "dev.noizy.v1.Task");
  EXPECT_EQ(DefinitionName({"", "v1", "Secret"}), "io.k8s.api.core.v1.Secret");
  EXPECT_EQ(DefinitionName({"coordination.k8s.io", "v1", "Lease"}), "io.k8s.coordination.v1.Lease");
}

TEST(OpenApiDefinitions, V3KeepsTheSchemaAndMarksItsKind) {
  const Value widget = Definitions(OpenApiDialect::kV3).at("com.example.v1.Widget");
  EXPECT_EQ(ToJson(widget.at("x-kubernetes-group-version-kind")),
            R"([{"group":"example.com","kind":"Widget","version":"v1"}])");
  EXPECT_EQ(ToJson(widget.at("properties").at("metadata").at("allOf")),
            R"([{"$ref":"#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}])");
  const Value& spec = widget.at("properties").at("spec");
  EXPECT_EQ(spec.at("oneOf").as_array().size(), 2U);
  EXPECT_EQ(spec.at("properties").at("size").at("default"), 3);
  EXPECT_TRUE(spec.at("properties").at("default").at("nullable").as_bool());
}

TEST(OpenApiDefinitions, V2LeavesOutWhatItHasNoWordFor) {
  const Value widget = Definitions(OpenApiDialect::kV2).at("com.example.v1.Widget");
  const Value& spec = widget.at("properties").at("spec");
  EXPECT_FALSE(spec.as_object().contains("oneOf"));
  EXPECT_FALSE(spec.at("properties").at("size").as_object().contains("default"));
  // A field may be called like a keyword.
  EXPECT_EQ(ToJson(spec.at("properties").at("default")), R"({"enum":["a","b"]})");
  EXPECT_EQ(widget.at("properties").at("metadata").at("$ref"),
            "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
}

TEST(OpenApiDefinitions, V2TellsNothingOfWhatMayHoldMore) {
  Kind kind = *WidgetRegistry().FindByName("widgets");
  Schema schema;
  schema.source = *ParseJson(
      R"({"properties":{"open":{"type":"object","x-kubernetes-preserve-unknown-fields":true,)"
      R"("properties":{"a":{"type":"string"}}},)"
      R"("maybe":{"type":"array","nullable":true,"items":{"type":"string"}}}})");
  kind.schema = std::make_shared<Schema>(std::move(schema));
  Object out;
  AddDefinitions(OpenApiDialect::kV2, kind, out);
  const Value& properties = out.at("com.example.v1.Widget").at("properties");
  EXPECT_EQ(ToJson(properties.at("open")),
            R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  EXPECT_EQ(ToJson(properties.at("maybe")), "{}");
}

TEST(OpenApiDefinitions, ListsHoldTheirKind) {
  const Value list = Definitions(OpenApiDialect::kV3).at("com.example.v1.WidgetList");
  EXPECT_EQ(list.at("properties").at("items").at("items").at("$ref"),
            "#/components/schemas/com.example.v1.Widget");
  EXPECT_EQ(list.at("x-kubernetes-group-version-kind").at(0).at("kind"), "WidgetList");
}

}  // namespace
}  // namespace noizy
