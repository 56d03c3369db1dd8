// The schemas compiled into the binary, their sample manifests, and the structs generated from
// them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "kinds/certificate.h"
#include "kinds/configmap.h"
#include "kinds/event.h"
#include "kinds/lease.h"
#include "kinds/namespace.h"
#include "kinds/node.h"
#include "kinds/routingpolicy.h"
#include "kinds/secret.h"
#include "kinds/serviceaccount.h"
#include "kinds/task.h"
#include "machinery/schema/kind.h"
#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

const std::filesystem::path kSource = NOIZY_SOURCE_DIR;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

template <typename T>
Value ThroughStruct(const Value& value) {
  const auto object = T::FromValue(value);
  EXPECT_TRUE(object.ok()) << object.status().message();
  if (!object) return nullptr;
  EXPECT_EQ(*T::FromValue(object->ToValue()), *object);
  return object->ToValue();
}

const std::map<std::string, std::function<Value(const Value&)>> kStructs{
    {"certificates", ThroughStruct<Certificate>},
    {"configmaps", ThroughStruct<ConfigMap>},
    {"events", ThroughStruct<Event>},
    {"leases", ThroughStruct<Lease>},
    {"namespaces", ThroughStruct<Namespace>},
    {"nodes", ThroughStruct<Node>},
    {"routingpolicies", ThroughStruct<RoutingPolicy>},
    {"secrets", ThroughStruct<Secret>},
    {"serviceaccounts", ThroughStruct<ServiceAccount>},
    {"tasks", ThroughStruct<Task>},
};

std::string Describe(const std::vector<StatusCause>& causes) {
  std::string out;
  for (const StatusCause& cause : causes) out += cause.field + ": " + cause.message + "\n";
  return out;
}

TEST(BuiltinKinds, EveryEmbeddedSchemaDefinesOneKind) {
  EXPECT_EQ(EmbeddedSchemas().size(), kStructs.size());
  ASSERT_EQ(BuiltinKinds().kinds().size(), kStructs.size());
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    EXPECT_EQ(kStructs.count(kind->plural), 1U) << kind->plural;
    EXPECT_FALSE(kind->schema->description.empty()) << kind->plural;
  }
}

TEST(BuiltinKinds, SchemaFilesAreNamedAfterTheirKind) {
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    const std::string group = kind->gvk.group.empty() ? "core" : kind->gvk.group;
    EXPECT_TRUE(
        std::filesystem::exists(kSource / "schemas" / (kind->plural + "." + group + ".yaml")));
  }
}

class SampleTest : public testing::TestWithParam<std::string> {};

TEST_P(SampleTest, ValidatesAndRoundTripsThroughItsStruct) {
  const auto documents =
      ParseYaml(ReadFile(kSource / "manifests/samples" / (GetParam() + ".yaml")));
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

  const Value back = kStructs.at(GetParam())(value);
  EXPECT_TRUE(Equal(back, value)) << ToPrettyJson(back) << "\nwas\n" << ToPrettyJson(value);
}

std::vector<std::string> Plurals() {
  std::vector<std::string> out;
  for (const auto& entry : kStructs) out.push_back(entry.first);
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
