// The schemas compiled into the binary, their sample manifests, and the structs generated from
// them.
#include <gtest/gtest.h>

#include <set>

#include "machinery/schema/discovery.h"
#include "machinery/schema/kind.h"
#include "machinery/value/json.h"
#include "tests/unit/kinds/kind_codecs.h"

namespace noizy {
namespace {

const std::filesystem::path kSource = NOIZY_SOURCE_DIR;

std::string Describe(const std::vector<StatusCause>& causes) {
  std::string out;
  for (const StatusCause& cause : causes) out += cause.field + ": " + cause.message + "\n";
  return out;
}

TEST(BuiltinKinds, EveryEmbeddedSchemaDefinesOneKind) {
  EXPECT_EQ(EmbeddedSchemas().size(), BuiltinKinds().kinds().size());
  std::set<std::string> plurals;  // Events are there under the names of two groups
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    plurals.insert(kind->plural);
    EXPECT_EQ(KindCodecs().count(kind->plural), 1U) << kind->plural;
    EXPECT_FALSE(kind->schema->description.empty()) << kind->plural;
  }
  EXPECT_EQ(plurals.size(), KindCodecs().size());
}

TEST(BuiltinKinds, SchemaFilesAreNamedAfterTheirKind) {
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    const std::string group = kind->gvk.group.empty() ? "core" : kind->gvk.group;
    EXPECT_TRUE(
        std::filesystem::exists(kSource / "schemas" / (kind->plural + "." + group + ".yaml")));
  }
}

const std::set<std::string_view> kKeywords{"type",
                                           "title",
                                           "description",
                                           "format",
                                           "default",
                                           "enum",
                                           "pattern",
                                           "minimum",
                                           "maximum",
                                           "minLength",
                                           "maxLength",
                                           "minItems",
                                           "nullable",
                                           "required",
                                           "properties",
                                           "items",
                                           "additionalProperties",
                                           "oneOf",
                                           "x-kubernetes-list-type",
                                           "x-kubernetes-list-map-keys",
                                           "x-kubernetes-patch-strategy",
                                           "x-kubernetes-patch-merge-key",
                                           "x-kubernetes-int-or-string",
                                           "x-kubernetes-preserve-unknown-fields"};

// A misspelt keyword would be ignored, and a stray comma in a flow mapping makes one of half a
// sentence.
void ExpectOnlyKeywords(const Value& schema, const std::string& where) {
  for (const auto& entry : schema.as_object()) {
    const std::string_view name(entry.key().data(), entry.key().size());
    EXPECT_EQ(kKeywords.count(name), 1U) << where << " has \"" << name << "\"";
    if (name == "items" || name == "additionalProperties")
      ExpectOnlyKeywords(entry.value(), where + "." + std::string(name));
    if (name != "properties") continue;
    for (const auto& field : entry.value().as_object()) {
      ExpectOnlyKeywords(field.value(), where + "." + std::string(field.key()));
    }
  }
}

// Every field says what it is; apiVersion, kind and metadata are described once for all kinds.
void ExpectDescriptions(const Schema& schema, const std::string& where, bool root) {
  for (const auto& [name, field] : schema.properties) {
    const bool common = root && (name == "apiVersion" || name == "kind" || name == "metadata");
    EXPECT_TRUE(common || !field->description.empty())
        << where << "." << name << " has no description";
    ExpectDescriptions(*field, where + "." + name, false);
    if (field->items) ExpectDescriptions(*field->items, where + "." + name + "[]", false);
  }
}

TEST(BuiltinKinds, SchemasUseKnownKeywordsAndDescribeEveryField) {
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    ExpectOnlyKeywords(kind->schema->source, kind->plural);
    ExpectDescriptions(*kind->schema, kind->plural, true);
  }
}

TEST(BuiltinKinds, ColumnsCanBeRead) {
  const Value empty = Object();
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    for (const PrinterColumn& column : kind->columns) {
      EXPECT_TRUE(EvaluateJsonPath(column.json_path, empty).ok())
          << kind->plural << " " << column.json_path;
      EXPECT_FALSE(column.description.empty()) << kind->plural << " " << column.name;
    }
  }
}

// A kind costs one schema: whatever clients are told follows from it.
TEST(BuiltinKinds, AUsersSchemaGetsEverythingThatBuiltinOnesGet) {
  auto users = KindRegistry::FromYaml({R"(
metadata: {name: frames.studio.example}
spec:
  group: studio.example
  scope: Namespaced
  names: {plural: frames, singular: frame, kind: Frame, shortNames: [fr]}
  versions:
  - name: v1
    served: true
    additionalPrinterColumns: [{name: Scene, type: string, jsonPath: .spec.scene}]
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {scene: {type: string, default: intro}}}}
)"});
  ASSERT_TRUE(users.ok()) << users.status().message();
  const KindRegistry registry = BuiltinKinds().With(users->kinds());
  const KindPtr frame = registry.FindByName("fr");
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ(
      ApiResourceListDocument(registry, "studio.example", "v1").at("resources").at(0).at("name"),
      "frames");
  EXPECT_EQ(
      AggregatedDiscoveryDocument(registry, DiscoveryRoot::kApis).at("items").as_array().size(),
      9U);
  EXPECT_TRUE(OpenApiV3Document(registry, "studio.example", "v1")
                  .at("components")
                  .at("schemas")
                  .as_object()
                  .contains("example.studio.v1.Frame"));
  EXPECT_TRUE(OpenApiV2Document(registry).at("paths").as_object().contains(
      "/apis/studio.example/v1/frames"));
  Value object = *ParseJson(R"({"metadata":{"name":"f1"},"spec":{}})");
  ApplyDefaults(*frame->schema, object);
  EXPECT_EQ(ToJson(TableCells(*frame, object, {})), R"(["f1","intro"])");
  EXPECT_EQ(TableColumns(*frame).size(), 2U);
}

TEST(TaskSchema, WantsExactlyOneAction) {
  const KindPtr task = BuiltinKinds().FindByName("task");
  const auto faults = [&](std::string_view spec) {
    Value value = *ParseJson(R"({"spec":)" + std::string(spec) + "}");
    ApplyDefaults(*task->schema, value);
    return Describe(Validate(*task->schema, value));
  };
  EXPECT_EQ(faults(R"({"exec":{"command":["a"]},"payload":"x"})"), "");
  EXPECT_EQ(faults(R"({"payload":"x"})"),
            "spec: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). "
            "Found none valid\n"
            "spec.exec: Required value\n");
  EXPECT_EQ(faults(R"({"exec":{"command":["a"]},"script":{"source":"b"}})"),
            "spec: Invalid value: \"\": \"spec\" must validate one and only one schema (oneOf). "
            "Found 2 valid "
            "alternatives\n");
  EXPECT_EQ(faults(R"({"script":{"source":"b"},"failover":"Sometimes"})"),
            "spec.failover: Unsupported value: \"Sometimes\": supported values: \"AtLeastOnce\", "
            "\"AtMostOnce\", "
            "\"Pinned\"\n");
}

TEST(NodeSchema, LeaseIsAWholeNumberOrAFractionAsText) {
  const KindPtr node = BuiltinKinds().FindByName("node");
  const auto valid = [&](const std::string& lease) {
    return Validate(*node->schema, *ParseJson(R"({"spec":{"leaseDurationSeconds":)" + lease + "}}"))
        .empty();
  };
  for (const char* good : {"1", "4", "600", "\"0.5\"", "\"1.5\"", "\"600\"", "\"599.9\""})
    EXPECT_TRUE(valid(good)) << good;
  for (const char* bad :
       {"0", "601", "-1", "0.5", "\"0.4\"", "\"601\"", "\"600.5\"", "\"4s\"", "\"\""}) {
    EXPECT_FALSE(valid(bad)) << bad;
  }
}

class SampleTest : public testing::TestWithParam<std::string> {};

TEST_P(SampleTest, ValidatesAndRoundTripsThroughItsStruct) {
  const auto documents = ReadSample(GetParam());
  ASSERT_TRUE(documents.ok()) << documents.status().message();
  ASSERT_EQ(documents->size(), 1U);
  Value value = documents->front().value;
  const KindPtr kind = BuiltinKinds().FindByKind(*GroupVersionKindOf(value));
  ASSERT_NE(kind, nullptr);
  EXPECT_EQ(kind->plural, GetParam());
  EXPECT_TRUE(Prune(*kind->schema, value).empty());
  ApplyDefaults(*kind->schema, value);
  EXPECT_EQ(Describe(Validate(*kind->schema, value)), "");
  EXPECT_EQ(NamespaceOf(value).empty(), !kind->namespaced());

  const auto back = KindCodecs().at(GetParam())(value);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_TRUE(Equal(*back, value)) << ToPrettyJson(*back) << "\nwas\n" << ToPrettyJson(value);
}

std::vector<std::string> Plurals() {
  std::vector<std::string> out;
  for (const auto& entry : KindCodecs()) {
    // A sample of it would be refused.
    if (entry.first != "services") out.push_back(entry.first);
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(EveryKind, SampleTest, testing::ValuesIn(Plurals()),
                         [](const auto& param_info) { return param_info.param; });

TEST(TaskStruct, HasTheSchemasDefaults) {
  const Task task;
  EXPECT_EQ(task.spec.type, "exec");
  EXPECT_EQ(task.spec.failover, "AtLeastOnce");
  EXPECT_EQ(task.spec.termination_grace_period_seconds, 10);
  EXPECT_EQ(task.spec.retry.backoff.factor, 2.0);
  EXPECT_EQ(task.status.phase, "Pending");
  EXPECT_FALSE(task.spec.exec.has_value());
  EXPECT_FALSE(task.status.exit_code.has_value());
  EXPECT_EQ(Task::kResource, "tasks.noizy.dev");
  EXPECT_TRUE(Task::kNamespaced);
}

TEST(TaskStruct, ErrorsNameTheField) {
  const auto read = [](std::string_view json) {
    return Task::FromValue(*ParseJson(json)).status().message();
  };
  EXPECT_EQ(read(R"({"spec": {"exec": {"command": ["a", 5]}}})"),
            "spec.exec.command[1]: must be a string");
  EXPECT_EQ(read(R"({"spec": {"timeoutSeconds": "x"}})"),
            "spec.timeoutSeconds: must be an integer");
  EXPECT_EQ(read(R"({"spec": []})"), "spec: must be an object");
  EXPECT_EQ(read(R"({"kind": "Node"})"), "kind: must be \"Task\"");
  EXPECT_EQ(read("{}"), "");
}

TEST(NodeStruct, KeepsNumbersAndTextsOfIntOrStringFields) {
  for (const char* lease : {"4", "\"0.5\"", "\"4\""}) {
    const Value node =
        *ParseJson(std::string(R"({"spec": {"leaseDurationSeconds": )") + lease + "}}");
    EXPECT_EQ(ToJson(*Find(Node::FromValue(node)->ToValue(), {"spec", "leaseDurationSeconds"})),
              lease);
  }
  EXPECT_EQ(Node().spec.lease_duration_seconds, "4");
}

}  // namespace
}  // namespace noizy
