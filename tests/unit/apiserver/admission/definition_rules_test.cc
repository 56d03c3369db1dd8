#include "tests/unit/apiserver/api_fixture.h"

namespace noizy::apiserver {
namespace {

// Definitions by dry run: none of them is served.
class DefinitionRulesTest : public ApiTest {
 protected:
  static Value Definition() {
    return *ParseJson(R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
      "metadata":{"name":"widgets.example.com"},
      "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},
        "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{
          "type":"object","properties":{"spec":{"type":"object","properties":{
            "color":{"type":"string"},"parts":{"type":"array","items":{"type":"string"}}}}}}}}]}})");
  }
  Answer DryRun(const Value& definition) {
    return Call("POST", Under(kDefinitions, "?dryRun=All"), ToJson(definition));
  }
  // "field: message" of every cause.
  std::string Faults(const Value& definition) {
    const Answer answer = DryRun(definition);
    std::string text;
    const Array* causes = ArrayAt(answer.body, {"details", "causes"});
    for (std::size_t i = 0; causes != nullptr && i < causes->size(); ++i) {
      text.append(StringAt((*causes)[i], {"field"})).append(": ");
      text.append(StringAt((*causes)[i], {"message"})).append("\n");
    }
    return text;
  }
  bool IsRefused(const Value& definition, std::string_view fault) {
    return Faults(definition).find(fault) != std::string::npos;
  }
  static Value& Version(Value& definition, std::size_t index = 0) {
    return Ensure(definition, {"spec", "versions"}).get_array().at(index);
  }

  static constexpr const char* kDefinitions =
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
};

TEST_F(DefinitionRulesTest, NamesAndStatusAreFilledIn) {
  const Answer made = DryRun(Definition());
  ASSERT_EQ(made.code, 201) << ToJson(made.body);
  EXPECT_EQ(made.Text({"spec", "names", "singular"}), "widget");
  EXPECT_EQ(made.Text({"spec", "names", "listKind"}), "WidgetList");
  EXPECT_EQ(made.Text({"spec", "conversion", "strategy"}), "None");
  EXPECT_EQ(ToJson(*Find(made.body, {"status", "storedVersions"})), R"(["v1"])");
  EXPECT_EQ(ArrayAt(made.body, {"metadata", "finalizers"})->at(0),
            "customresourcecleanup.apiextensions.k8s.io");
}

TEST_F(DefinitionRulesTest, GroupsAreDomainsAndSomeNeedApproval) {
  Value definition = Definition();
  Set(definition, {"spec", "group"}, "example");
  Set(definition, {"metadata", "name"}, "widgets.example");
  EXPECT_TRUE(IsRefused(definition, "spec.group: Invalid value: \"example\": should be a domain"));
  Set(definition, {"spec", "group"}, "apps.k8s.io");
  Set(definition, {"metadata", "name"}, "widgets.apps.k8s.io");
  EXPECT_TRUE(IsRefused(definition, "metadata.annotations[api-approved.kubernetes.io]: Required"));
  Set(definition, {"metadata", "annotations", "api-approved.kubernetes.io"}, "unapproved");
  EXPECT_EQ(Faults(definition), "");
  Set(definition, {"spec", "group"}, "");
  EXPECT_TRUE(IsRefused(definition, "spec.group: Required value"));
}

TEST_F(DefinitionRulesTest, NamesAreLabels) {
  Value definition = Definition();
  Set(definition, {"spec", "names", "shortNames"}, Array{"Not_Good"});
  Set(definition, {"spec", "names", "kind"}, "Wid get");
  EXPECT_TRUE(IsRefused(definition, "spec.names.shortNames[0]: Invalid value"));
  EXPECT_TRUE(IsRefused(definition, "spec.names.kind: Invalid value"));
  Set(definition, {"spec", "names", "kind"}, "Widget");
  Set(definition, {"spec", "names", "listKind"}, "Widget");
  EXPECT_TRUE(IsRefused(definition, "kind and listKind may not be the same"));
}

TEST_F(DefinitionRulesTest, OneVersionIsStored) {
  Value definition = Definition();
  Set(Version(definition), {"storage"}, false);
  EXPECT_TRUE(IsRefused(definition, "must have exactly one version marked as storage version"));
  definition = Definition();
  const Value copy = Version(definition);
  Ensure(definition, {"spec", "versions"}).get_array().push_back(copy);
  EXPECT_TRUE(IsRefused(definition, "must contain unique version names"));
  EXPECT_TRUE(IsRefused(definition, "must have exactly one version marked as storage version"));
}

TEST_F(DefinitionRulesTest, SchemasMustBeStructural) {
  Value definition = Definition();
  Set(Version(definition), {"schema", "openAPIV3Schema", "properties", "spec", "type"}, Value(""));
  EXPECT_TRUE(IsRefused(definition,
                        "spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required"));
}

TEST_F(DefinitionRulesTest, SelectableFieldsAreSimple) {
  Value definition = Definition();
  const auto select = [&](std::string_view path) {
    Set(Version(definition), {"selectableFields"}, Array{Object{{"jsonPath", path}}});
    return Faults(definition);
  };
  EXPECT_EQ(select(".spec.color"), "");
  EXPECT_NE(select(".spec.nothing").find("does not refer to a valid field"), std::string::npos);
  EXPECT_NE(select(".spec.parts").find("must point to a field of type"), std::string::npos);
  EXPECT_NE(select("spec.color").find("does not refer to a valid field"), std::string::npos);
}

TEST_F(DefinitionRulesTest, ConversionByWebhookIsRefused) {
  Value definition = Definition();
  Set(definition, {"spec", "conversion", "strategy"}, "Webhook");
  EXPECT_TRUE(IsRefused(definition, "spec.conversion.strategy: Unsupported value: \"Webhook\""));
}

TEST_F(DefinitionRulesTest, RulesInCelAreToldToBeUnenforced) {
  Value definition = Definition();
  Set(Version(definition),
      {"schema", "openAPIV3Schema", "properties", "spec", "x-kubernetes-validations"},
      Array{Object{{"rule", "self.color != ''"}}});
  const Answer answer = DryRun(definition);
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  EXPECT_NE(FindHeader(answer.headers, "Warning").find("CEL rules are kept"),
            std::string_view::npos);
}

TEST_F(DefinitionRulesTest, KeywordsThatAreNoneAreTold) {
  Value definition = Definition();
  Value& properties = Ensure(Version(definition),
                             {"schema", "openAPIV3Schema", "properties", "spec", "properties"});
  Set(properties, {"color", "minLenght"}, 1);
  Set(properties, {"minLenght"}, Object{{"type", "string"}});  // a name, and so anything
  const Answer answer = DryRun(definition);
  ASSERT_EQ(answer.code, 201) << ToJson(answer.body);
  const auto warnings = std::ranges::count_if(
      answer.headers, [](const auto& header) { return header.first == "Warning"; });
  EXPECT_EQ(warnings, 1);
  EXPECT_NE(FindHeader(answer.headers, "Warning").find("properties[spec].properties[color].minLen"),
            std::string_view::npos);
}

TEST_F(DefinitionRulesTest, ScopeAndKindStayOnceEstablished) {
  ASSERT_EQ(Call("POST", kDefinitions, ToJson(Definition())).code, 201);
  const std::string path = Under(kDefinitions, "/widgets.example.com");
  const Answer established =
      Call("PATCH", Under(path, "/status"),
           R"({"status":{"conditions":[{"type":"Established","status":"True"}]}})",
           {{"Content-Type", "application/merge-patch+json"}});
  ASSERT_EQ(established.code, 200) << ToJson(established.body);
  const Answer changed =
      Call("PATCH", path, R"({"spec":{"scope":"Cluster","names":{"kind":"Gadget"}}})",
           {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(changed.code, 422);
  EXPECT_NE(changed.Text({"message"}).find("spec.scope: Invalid value: \"Cluster\": field is"),
            std::string_view::npos);
  EXPECT_NE(changed.Text({"message"}).find("spec.names.kind: Invalid value: \"Gadget\""),
            std::string_view::npos);
}

TEST_F(DefinitionRulesTest, StoredVersionsMustStay) {
  ASSERT_EQ(Call("POST", kDefinitions, ToJson(Definition())).code, 201);
  Value next = Definition();
  Set(Version(next), {"name"}, "v2");
  const Answer changed = Call("PATCH", Under(kDefinitions, "/widgets.example.com"),
                              ToJson(Object{{"spec", *Find(next, {"spec"})}}),
                              {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(changed.code, 422);
  EXPECT_NE(changed.Text({"message"}).find("must appear in spec.versions"), std::string_view::npos);
}

}  // namespace
}  // namespace noizy::apiserver
