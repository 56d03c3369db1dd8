#include "machinery/schema/kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/value/yaml.h"

namespace noizy {
namespace {

using testing::ElementsAre;

Result<std::vector<KindPtr>> Read(std::string_view yaml) {
  return KindsOfDefinition(ParseYaml(yaml)->front().value);
}

const char kWidgets[] = R"(
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: Widgets, shortNames: [wd], categories: [all]}
  versions:
  - name: v1
    served: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns:
    - {name: Size, type: integer, format: int32, description: How big., jsonPath: .spec.size, priority: 1}
    selectableFields: [{jsonPath: .spec.size}]
    schema: {openAPIV3Schema: {type: object}}
  - name: v1beta1
    served: true
    schema: {openAPIV3Schema: {type: object}}
  - name: v1alpha1
    served: false
    schema: {openAPIV3Schema: {type: object}}
)";

TEST(KindsOfDefinition, ReadsEveryServedVersion) {
  const auto kinds = Read(kWidgets);
  ASSERT_TRUE(kinds.ok()) << kinds.status().message();
  ASSERT_EQ(kinds->size(), 2U);
  const Kind& kind = *kinds->at(0);
  EXPECT_EQ(kind.gvk, (GroupVersionKind{"example.com", "v1", "Widget"}));
  EXPECT_EQ(kind.Resource(), "widgets.example.com");
  EXPECT_EQ(kind.list_kind, "Widgets");
  EXPECT_THAT(kind.short_names, ElementsAre("wd"));
  EXPECT_THAT(kind.categories, ElementsAre("all"));
  EXPECT_TRUE(kind.namespaced());
  EXPECT_TRUE(kind.has_status);
  EXPECT_TRUE(kind.has_scale);
  EXPECT_EQ(kind.scale_spec_path, ".spec.replicas");
  EXPECT_EQ(kind.scale_status_path, ".status.replicas");
  EXPECT_EQ(kind.scale_selector_path, "");
  ASSERT_EQ(kind.columns.size(), 1U);
  EXPECT_EQ(kind.columns[0].json_path, ".spec.size");
  EXPECT_EQ(kind.columns[0].priority, 1);
  EXPECT_THAT(kind.selectable_fields, ElementsAre("spec.size"));
  const Kind& beta = *kinds->at(1);
  EXPECT_EQ(beta.gvk.version, "v1beta1");
  EXPECT_FALSE(beta.has_status);
  ASSERT_EQ(beta.columns.size(), 1U);
  EXPECT_EQ(beta.columns[0].name, "Age");
}

TEST(KindsOfDefinition, FillsInNames) {
  const auto kinds = Read(R"(
metadata: {name: gadgets}
spec:
  group: ""
  scope: Cluster
  names: {plural: gadgets, kind: Gadget}
  versions: [{name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}]
)");
  ASSERT_TRUE(kinds.ok()) << kinds.status().message();
  EXPECT_EQ(kinds->front()->singular, "gadget");
  EXPECT_EQ(kinds->front()->list_kind, "GadgetList");
  EXPECT_EQ(kinds->front()->Resource(), "gadgets");
  EXPECT_FALSE(kinds->front()->namespaced());
}

TEST(KindsOfDefinition, MayNameSubresourcesThatAServerBrings) {
  const auto kinds = Read(R"(
metadata:
  name: gadgets
  annotations:
    noizy.dev/subresources: '[{"name":"log","verbs":["get"]},{"name":"token","verbs":["create"],"group":"a.b","version":"v2","kind":"T"}]'
spec:
  group: ""
  scope: Cluster
  names: {plural: gadgets, kind: Gadget}
  versions: [{name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}]
)");
  ASSERT_TRUE(kinds.ok()) << kinds.status().message();
  const std::vector<OtherSubresource>& others = kinds->front()->other_subresources;
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[0].gvk, kinds->front()->gvk);
  EXPECT_THAT(others[0].verbs, ElementsAre("get"));
  EXPECT_EQ(others[1].gvk, (GroupVersionKind{"a.b", "v2", "T"}));
}

TEST(KindsOfDefinition, NamesEveryFault) {
  const auto kinds = Read(R"(
metadata: {name: wrong}
spec:
  group: example.com
  scope: Galactic
  names: {plural: Widgets}
  versions:
  - {name: v1, served: true}
  - {name: v2, served: true, schema: {openAPIV3Schema: {type: object, properties: {a: {type: text}}}}}
)");
  ASSERT_FALSE(kinds.ok());
  EXPECT_EQ(kinds.status().reason(), StatusReason::kInvalid);
  std::vector<std::string> fields;
  for (const StatusCause& cause : kinds.status().details().causes) fields.push_back(cause.field);
  EXPECT_THAT(fields, ElementsAre("spec.names.plural", "spec.names.kind", "spec.scope",
                                  "metadata.name", "spec.versions[0].schema.openAPIV3Schema",
                                  "spec.versions[1].schema.openAPIV3Schema.properties[a].type"));
  EXPECT_FALSE(Read("{}").ok());
}

}  // namespace
}  // namespace noizy
