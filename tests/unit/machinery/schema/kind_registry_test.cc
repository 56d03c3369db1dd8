#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/kind.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

using testing::ElementsAre;

std::vector<std::string> Names(const KindRegistry& registry) {
  std::vector<std::string> out;
  for (const KindPtr& kind : registry.kinds())
    out.push_back(kind->Resource() + "/" + kind->gvk.version);
  return out;
}

TEST(KindRegistry, SortsByGroupVersionPlural) {
  EXPECT_THAT(Names(WidgetRegistry()),
              ElementsAre("sites/v1", "widgets.example.com/v1", "gears.example.com/v1beta1",
                          "gears.example.com/v2"));
}

TEST(KindRegistry, FindsByResourceAndKind) {
  const KindRegistry registry = WidgetRegistry();
  EXPECT_EQ(registry.FindByResource("example.com", "v1", "widgets")->gvk.kind, "Widget");
  EXPECT_EQ(registry.FindByResource("", "v1", "sites")->gvk.kind, "Site");
  EXPECT_EQ(registry.FindByResource("example.com", "v2", "widgets"), nullptr);
  EXPECT_EQ(registry.FindByResource("zzz", "v1", "widgets"), nullptr);
  EXPECT_EQ(registry.FindByKind({"example.com", "v1", "Widget"})->plural, "widgets");
  EXPECT_EQ(registry.FindByKind({"example.com", "v1", "widget"}), nullptr);
}

TEST(KindRegistry, FindsByWhatPeopleType) {
  const KindRegistry registry = WidgetRegistry();
  const auto found = [&](std::string_view name) {
    const KindPtr kind = registry.FindByName(name);
    return kind == nullptr ? "" : kind->plural + "/" + kind->gvk.version;
  };
  for (const char* name : {"widgets", "widget", "Widget", "wd", "widgets.example.com",
                           "wd.v1.example.com", "WIDGETS"}) {
    EXPECT_EQ(found(name), "widgets/v1") << name;
  }
  EXPECT_EQ(found("gears.v2.example.com"), "gears/v2");
  EXPECT_EQ(found("sites.v1"), "sites/v1");
  EXPECT_EQ(found("sites.v1."), "sites/v1");
  for (const char* name :
       {"", "none", "widgets.other.com", "wd.v2.example.com", "wd.v1example.com"}) {
    EXPECT_EQ(found(name), "") << name;
  }
}

TEST(KindRegistry, APluralWinsOverAnothersShortName) {
  auto site = std::make_shared<Kind>(*WidgetRegistry().FindByName("sites"));
  site->short_names = {"widgets"};  // and it sorts first
  EXPECT_EQ(WidgetRegistry().With({site}).FindByName("widgets")->gvk.kind, "Widget");
}

TEST(KindRegistry, WithReplacesAndWithoutRemoves) {
  const KindRegistry registry = WidgetRegistry();
  auto changed = std::make_shared<Kind>(*registry.FindByName("widgets"));
  changed->list_kind = "Changed";
  const KindRegistry with = registry.With({changed});
  EXPECT_EQ(Names(with), Names(registry));
  EXPECT_EQ(with.FindByName("widgets")->list_kind, "Changed");
  EXPECT_EQ(registry.FindByName("widgets")->list_kind, "WidgetList");
  EXPECT_THAT(Names(with.Without("example.com", "gears")),
              ElementsAre("sites/v1", "widgets.example.com/v1"));
}

TEST(KindRegistry, ReadsJsonAndFlowMappings) {
  const std::string json = ToJson(ParseYaml(kWidgetsYaml)->front().value);
  EXPECT_THAT(Names(*KindRegistry::FromYaml({json})), ElementsAre("widgets.example.com/v1"));
  const auto flow = KindRegistry::FromYaml(
      {"{metadata: {name: a.b}, spec: {group: b, scope: Cluster, names: {plural: a, kind: A}, "
       "versions: "
       "[{name: v1, served: true, schema: {openAPIV3Schema: {type: object}}}]}}"});
  ASSERT_TRUE(flow.ok()) << flow.status().message();
  EXPECT_THAT(Names(*flow), ElementsAre("a.b/v1"));
}

TEST(KindRegistry, ErrorsNameTheText) {
  const auto broken = KindRegistry::FromYaml({kWidgetsYaml, "a: [", "x"});
  EXPECT_TRUE(broken.status().message().starts_with("schema 1: ")) << broken.status().message();
  EXPECT_TRUE(KindRegistry::FromYaml({"spec: {}"}).status().message().starts_with("schema 0: "));
}

}  // namespace
}  // namespace noizy
