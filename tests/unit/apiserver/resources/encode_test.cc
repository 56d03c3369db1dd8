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

TEST(EncodeTest, AnObjectMayBeAtNoRevision) {
  const auto without = [](std::string_view json) {
    return WithoutRevision(EncodeObject(*ParseJson(json)));
  };
  EXPECT_EQ(without(R"({"metadata":{"name":"n"}})"), R"({"metadata":{"name":"n"}})");
  EXPECT_EQ(without(R"({"metadata":{"name":"n","labels":{}},"a":1})"),
            R"({"metadata":{"name":"n","labels":{}},"a":1})");
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

TEST(EncodeTest, StoredAttributesAreThoseOfTheWholeObject) {
  StoredAttributes stored(BuiltinKinds());
  for (const KindPtr& kind : BuiltinKinds().kinds()) {
    const Value object = *ParseJson(R"({"metadata":{"name":"a","labels":{"b":"2","a":"1"}},
        "type":"Warning","reason":"r","involvedObject":{"kind":"Task","uid":"u"},"spec":{"unschedulable":true,
        "signerName":"s","nodeName":"n"},"status":{"phase":"Running","nodeName":"m"}})");
    const Attributes whole = AttributesOf(*kind, object);
    const Attributes read = stored.Of({kind->Resource(), "", "a"}, ToJson(object));
    EXPECT_EQ(read.labels, whole.labels) << kind->plural;
    EXPECT_EQ(read.fields, whole.fields) << kind->plural;
  }
  const Attributes unknown =
      stored.Of({"widgets.example.com", "", "a"}, R"({"metadata":{"labels":{"a":"1"}},"spec":{}})");
  EXPECT_EQ(unknown.labels, (Attributes::Pairs{{"a", "1"}}));
  EXPECT_TRUE(unknown.fields.empty());
}

TEST(EncodeTest, MayHaveMemberFindsNamesOnly) {
  StoredObject object;
  object.bytes = R"({"metadata":{"name":"finishTime"},"status":{"f:finishTime":{},"startTime":1}})";
  EXPECT_TRUE(MayHaveMember(object, "startTime"));
  EXPECT_FALSE(MayHaveMember(object, "finishTime"));
  EXPECT_FALSE(MayHaveMember(object, "Time"));
}

TEST(EncodeTest, AnotherVersionsObjectIsReadAsTheKindsOwn) {
  Kind kind;
  kind.gvk = {"example.com", "v2", "Widget"};
  kind.plural = "widgets";
  kind.storage_version = "v1";
  kind.has_other_versions = true;
  const Value object =
      *ParseJson(R"({"apiVersion":"example.com/v2","kind":"Widget","metadata":{"name":"a"}})");
  StoredObject stored;
  stored.revision = 7;
  stored.bytes = WithRevision(EncodeStored(kind, object), 7);
  EXPECT_TRUE(IsOfVersion(stored, "example.com/v1"));
  EXPECT_FALSE(IsOfVersion(stored, "example.com/v"));
  EXPECT_FALSE(IsOfVersion(stored, "example.com/v2"));
  EXPECT_TRUE(BehindVersion(stored).starts_with(R"(","kind":"Widget")"));
  EXPECT_EQ(StringAt(*DecodeAs(kind, stored), {"apiVersion"}), "example.com/v2");
  kind.has_other_versions = false;
  EXPECT_EQ(EncodeStored(kind, object).bytes, EncodeObject(object).bytes);
}

TEST(EncodeTest, ACopyCanSayThatItIsOfAnotherRevision) {
  StoredObject stored;
  stored.revision = 12;
  stored.bytes = R"({"metadata":{"name":"a","resourceVersion":"12"},"spec":"resourceVersion"})";
  const StoredObjectPtr copy = AtRevision(stored, 345);
  EXPECT_EQ(copy->revision, 345);
  EXPECT_EQ(copy->bytes,
            R"({"metadata":{"name":"a","resourceVersion":"345"},"spec":"resourceVersion"})");
}

}  // namespace
}  // namespace noizy::apiserver
