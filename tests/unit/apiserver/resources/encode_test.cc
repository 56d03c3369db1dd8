#include "apiserver/resources/encode.h"

#include <gtest/gtest.h>

#include "machinery/schema/kind.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

TEST(EncodeTest, TheRevisionGoesIntoItsGap) {
  const Value object =
      *ParseJson(R"({"metadata":{"labels":{"a":"b"},"name":"n","uid":"u","resourceVersion":"9"},
                                      "spec":{"x":1},"kind":"Task","apiVersion":"noizy.dev/v1"})");
  const UnversionedBytes encoded = EncodeObject(object);
  EXPECT_EQ(
      WithRevision(encoded, 42),
      R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":"n","uid":"u","resourceVersion":"42",)"
      R"("labels":{"a":"b"}},"spec":{"x":1}})");
}

TEST(EncodeTest, AnEmptyObjectHasItsGapToo) {
  EXPECT_EQ(WithRevision(EncodeObject(Value(Object())), 1),
            R"({"metadata":{"resourceVersion":"1"}})");
}

TEST(EncodeTest, DecodingGivesTheSameTree) {
  StoredObject stored;
  const Value object = *ParseJson(
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n","resourceVersion":"7"},"data":{"é":"\n"}})");
  stored.bytes = WithRevision(EncodeObject(object), 7);
  EXPECT_TRUE(Equal(*DecodeObject(stored), object));
  stored.bytes = "{";
  EXPECT_EQ(DecodeObject(stored).status().reason(), StatusReason::kInternalError);
}

TEST(EncodeTest, AttributesAreLabelsAndSelectableFields) {
  const KindPtr kind = BuiltinKinds().FindByResource("noizy.dev", "v1", "tasks");
  ASSERT_NE(kind, nullptr);
  const Value object =
      *ParseJson(R"({"metadata":{"labels":{"b":"2","a":"1"}},"status":{"phase":"Running"}})");
  const Attributes attributes = AttributesOf(*kind, object);
  EXPECT_EQ(attributes.labels, (Attributes::Pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_NE(std::ranges::find(attributes.fields,
                              std::pair<std::string, std::string>("status.phase", "Running")),
            attributes.fields.end());
  EXPECT_NE(std::ranges::find(attributes.fields,
                              std::pair<std::string, std::string>("status.nodeName", "")),
            attributes.fields.end());
}

}  // namespace
}  // namespace noizy::apiserver
