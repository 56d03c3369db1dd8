#include "machinery/schema/object_meta.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> FaultyFields(std::string_view metadata) {
  std::vector<std::string> fields;
  for (const StatusCause& cause : Validate(ObjectMetaSchema(), *ParseJson(metadata)))
    fields.push_back(cause.field);
  return fields;
}

TEST(ObjectMetaSchema, KnowsWhatEveryObjectHas) {
  EXPECT_THAT(
      FaultyFields(
          R"({"name":"a","labels":{"a":"b"},"generation":1,"creationTimestamp":"2026-01-01T00:00:00Z",)"
          R"("ownerReferences":[{"apiVersion":"v1","kind":"A","name":"a","uid":"u","controller":true}]})"),
      IsEmpty());
  EXPECT_THAT(FaultyFields(R"({"name":1,"finalizers":"x","ownerReferences":[{"apiVersion":"v1",)"
                           R"("kind":"A","name":"a","uid":"u","controller":"yes"}]})"),
              ElementsAre("name", "finalizers", "ownerReferences[0].controller"));
}

TEST(ObjectMetaSchema, LeavesManagedFieldsToTheirOwnRules) {
  Value metadata = *ParseJson(R"({"managedFields":[{"manager":"a","fieldsV1":{"f:spec":{}}}]})");
  const std::string before = ToJson(metadata);
  EXPECT_THAT(Prune(ObjectMetaSchema(), metadata), IsEmpty());
  EXPECT_EQ(ToJson(metadata), before);
}

}  // namespace
}  // namespace noizy
