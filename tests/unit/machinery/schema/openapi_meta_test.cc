#include "machinery/schema/openapi_meta.h"

#include <gtest/gtest.h>

#include <set>

namespace noizy {
namespace {

const std::set<std::string_view> kKeywords{"description",
                                           "type",
                                           "format",
                                           "items",
                                           "properties",
                                           "required",
                                           "additionalProperties",
                                           "$ref",
                                           "x-kubernetes-list-type",
                                           "x-kubernetes-list-map-keys",
                                           "x-kubernetes-map-type",
                                           "x-kubernetes-patch-strategy",
                                           "x-kubernetes-patch-merge-key",
                                           "x-kubernetes-group-version-kind"};

// A stray comma in a flow mapping makes a keyword of half a sentence.
void ExpectOnlyKeywords(const Value& schema, const std::string& where) {
  for (const auto& entry : schema.as_object()) {
    const std::string_view name(entry.key().data(), entry.key().size());
    EXPECT_TRUE(kKeywords.count(name) == 1) << where << " has \"" << name << "\"";
    if (name == "$ref") {
      EXPECT_TRUE(MetaDefinitions().contains(entry.value().as_string())) << where;
    }
    if (name == "items" || name == "additionalProperties")
      ExpectOnlyKeywords(entry.value(), where + "." + std::string(name));
    if (name != "properties") continue;
    for (const auto& field : entry.value().as_object()) {
      ExpectOnlyKeywords(field.value(), where + "." + std::string(field.key()));
    }
  }
}

TEST(MetaDefinitions, AreWellFormedAndComplete) {
  EXPECT_EQ(MetaDefinitions().size(), 12U);
  for (const std::string_view name : {kObjectMetaDefinition, kListMetaDefinition, kStatusDefinition,
                                      kDeleteOptionsDefinition, kPatchDefinition}) {
    EXPECT_TRUE(MetaDefinitions().contains(name)) << name;
  }
  for (const auto& entry : MetaDefinitions()) ExpectOnlyKeywords(entry.value(), entry.key());
}

}  // namespace
}  // namespace noizy
