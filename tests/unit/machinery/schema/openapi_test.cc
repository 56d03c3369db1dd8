#include "machinery/schema/openapi.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/schema/widgets.h"

namespace noizy {
namespace {

std::vector<std::string> Members(const Value& object) {
  std::vector<std::string> out;
  for (const auto& entry : object.as_object()) out.emplace_back(entry.key());
  return out;
}

// Every reference in a document leads to a definition in it.
void ExpectReferencesResolve(const Value& document, const Value& part) {
  if (const Array* items = part.if_array()) {
    for (const Value& item : *items) ExpectReferencesResolve(document, item);
  } else if (const Object* object = part.if_object()) {
    for (const auto& entry : *object) {
      if (entry.key() != "$ref") {
        ExpectReferencesResolve(document, entry.value());
        continue;
      }
      const std::string_view reference(entry.value().as_string().data(),
                                       entry.value().as_string().size());
      const bool v3 = reference.starts_with("#/components/schemas/");
      const std::string_view name = reference.substr(reference.rfind('/') + 1);
      const Value* definitions =
          v3 ? Find(document, {"components", "schemas"}) : Find(document, {"definitions"});
      EXPECT_TRUE(definitions != nullptr && definitions->as_object().contains(name)) << reference;
    }
  }
}

TEST(OpenApiV3, IndexNamesEachGroupVersionWithAHash) {
  const Value index = OpenApiV3Index(WidgetRegistry());
  EXPECT_THAT(Members(index.at("paths")),
              testing::ElementsAre("api/v1", "apis/example.com/v1", "apis/example.com/v1beta1",
                                   "apis/example.com/v2"));
  const auto url = [](const KindRegistry& registry) {
    return std::string(
        StringAt(OpenApiV3Index(registry), {"paths", "apis/example.com/v1", "serverRelativeURL"}));
  };
  EXPECT_THAT(url(WidgetRegistry()),
              testing::MatchesRegex("/openapi/v3/apis/example.com/v1\\?hash=[0-9a-f]{16}"));
  EXPECT_EQ(url(WidgetRegistry()), url(WidgetRegistry()));
  auto changed = std::make_shared<Kind>(*WidgetRegistry().FindByName("widgets"));
  changed->has_scale = false;
  EXPECT_NE(url(WidgetRegistry().With({changed})), url(WidgetRegistry()));
}

TEST(OpenApiV3, DocumentIsClosed) {
  const Value document = OpenApiV3Document(WidgetRegistry(), "example.com", "v1");
  EXPECT_EQ(document.at("openapi"), "3.0.0");
  ExpectReferencesResolve(document, document);
  EXPECT_TRUE(
      document.at("components").at("schemas").as_object().contains("com.example.v1.Widget"));
  EXPECT_FALSE(document.at("components").at("schemas").as_object().contains("com.example.v2.Gear"));
  EXPECT_TRUE(OpenApiV3Document(WidgetRegistry(), "none", "v1").is_null());
}

TEST(OpenApiV2, DocumentHasEveryKindAndIsClosed) {
  const Value document = OpenApiV2Document(WidgetRegistry());
  EXPECT_EQ(document.at("swagger"), "2.0");
  ExpectReferencesResolve(document, document);
  for (const char* name :
       {"com.example.v1.Widget", "com.example.v2.Gear", "io.k8s.api.core.v1.SiteList"}) {
    EXPECT_TRUE(document.at("definitions").as_object().contains(name)) << name;
  }
}

}  // namespace
}  // namespace noizy
