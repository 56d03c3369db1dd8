#include <gtest/gtest.h>

#include "apiserver/admission/admission.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

std::vector<std::string> Fields(const std::string& metadata, const char* plural = "tasks") {
  Kind kind;
  kind.plural = plural;
  const Value object = *ParseJson(R"({"metadata":)" + metadata + "}");
  std::vector<std::string> fields;
  for (const StatusCause& cause : ValidateMetadata(kind, object)) fields.push_back(cause.field);
  return fields;
}
using Strings = std::vector<std::string>;

TEST(MetadataTest, GoodMetadataHasNoFaults) {
  EXPECT_EQ(
      Fields(
          R"({"name":"a.b-c","labels":{"noizy.dev/x":"Y_1","e":""},"annotations":{"a":"any thing"},
                       "finalizers":["x.dev/y"],
                       "ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n","uid":"u","controller":true}]})"),
      Strings{});
}

TEST(MetadataTest, Names) {
  EXPECT_EQ(Fields(R"({})"), Strings{"metadata.name"});
  EXPECT_EQ(Fields(R"({"name":"UPPER"})"), Strings{"metadata.name"});
  EXPECT_EQ(Fields(R"({"name":"a.b"})", "namespaces"), Strings{"metadata.name"})
      << "a namespace's name is a label";
  EXPECT_EQ(Fields(R"({"name":")" + std::string(254, 'a') + R"("})"), Strings{"metadata.name"});
}

TEST(MetadataTest, PrefixesOfNames) {
  EXPECT_EQ(Fields(R"({"name":"a-x","generateName":"a-"})"), Strings{});
  EXPECT_EQ(Fields(R"({"name":"a","generateName":"UPPER-"})"), Strings{"metadata.generateName"});
  EXPECT_EQ(Fields(R"({"name":"a","generateName":"-"})"), Strings{"metadata.generateName"});
}

TEST(MetadataTest, LabelsAndAnnotations) {
  EXPECT_EQ(Fields(R"({"name":"a","annotations":{"Example.com/Key":"x"}})"), Strings{});
  EXPECT_EQ(Fields(R"({"name":"a","labels":{"Example.com/Key":"x"}})"), Strings{"metadata.labels"});
  EXPECT_EQ(Fields(R"({"name":"a","labels":{"-bad":"x"}})"), Strings{"metadata.labels"});
  EXPECT_EQ(Fields(R"({"name":"a","labels":{"x":"has space"}})"), Strings{"metadata.labels"});
  EXPECT_EQ(Fields(R"({"name":"a","annotations":{"x":")" + std::string(kMaxAnnotationBytes, 'y') +
                   R"("}})"),
            Strings{"metadata.annotations"});
}

TEST(MetadataTest, FinalizersAndOwners) {
  EXPECT_EQ(Fields(R"({"name":"a","finalizers":["ok","not ok"]})"),
            Strings{"metadata.finalizers[1]"});
  EXPECT_EQ(Fields(R"({"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n"}]})"),
            Strings{"metadata.ownerReferences[0].uid"});
  const std::string owner =
      R"({"apiVersion":"v1","kind":"K","name":"n","uid":"u","controller":true})";
  EXPECT_EQ(Fields(R"({"name":"a","ownerReferences":[)" + owner + "," + owner + "]}"),
            Strings{"metadata.ownerReferences"});
}

}  // namespace
}  // namespace noizy::apiserver
