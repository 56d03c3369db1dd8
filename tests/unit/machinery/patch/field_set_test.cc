#include "machinery/patch/field_set.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

FieldSet Read(std::string_view json) {
  Result<Value> value = ParseJson(json);
  Result<FieldSet> set = value.ok() ? FieldSet::FromValue(*value) : value.status();
  EXPECT_TRUE(set.ok()) << json << ": " << set.status().ToString();
  return set.ValueOr({});
}

std::string Write(const FieldSet& set) {
  return ToJson(set.ToValue());
}

TEST(FieldSet, IsWrittenAsItWasRead) {
  for (const char* const text :
       {"{}", R"({"f:spec":{}})", R"({"f:metadata":{"f:labels":{".":{},"f:a":{}}}})",
        R"({"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}}})",
        R"({"f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{}}}})", R"({"f:args":{"i:3":{}}})"}) {
    EXPECT_EQ(Write(Read(text)), text);
  }
}

TEST(FieldSet, HasOneFormForOneElement) {
  EXPECT_EQ(Read(R"({"k:{\"b\": 1, \"a\":2}":{}})"), Read(R"({"k:{\"a\":2,\"b\":1}":{}})"));
  EXPECT_EQ(Write(Read(R"({"f:b":{},"f:a":{}})")), R"({"f:a":{},"f:b":{}})");
}

TEST(FieldSet, RefusesWhatIsNone) {
  for (const char* const text :
       {"[]", "1", R"({"spec":{}})", R"({"f:a":1})", R"({"k:[]":{}})", R"({"v:{":{}})",
        R"({"i:a":{}})", R"({"x:a":{}})", R"({"k":{}})"}) {
    const Result<Value> value = ParseJson(text);
    ASSERT_TRUE(value.ok()) << text;
    EXPECT_EQ(FieldSet::FromValue(*value).status().reason(), StatusReason::kBadRequest) << text;
  }
}

TEST(FieldSet, JoinsSubtractsAndIntersects) {
  const FieldSet a = Read(R"({"f:x":{},"f:y":{".":{},"f:z":{}}})");
  const FieldSet b = Read(R"({"f:y":{"f:w":{},"f:z":{}},"f:v":{}})");
  FieldSet joined = a;
  joined.Join(b);
  EXPECT_EQ(Write(joined), R"({"f:v":{},"f:x":{},"f:y":{".":{},"f:w":{},"f:z":{}}})");
  EXPECT_EQ(Write(a.Common(b)), R"({"f:y":{"f:z":{}}})");
  FieldSet left = a;
  EXPECT_TRUE(left.Subtract(b));
  EXPECT_EQ(Write(left), R"({"f:x":{},"f:y":{}})");
  EXPECT_FALSE(left.Subtract(b));
}

// A path is not what is below it: taking "labels" away leaves "labels.a".
TEST(FieldSet, SubtractsThePathAlone) {
  FieldSet set = Read(R"({"f:labels":{".":{},"f:a":{}}})");
  EXPECT_TRUE(set.Subtract(Read(R"({"f:labels":{}})")));
  EXPECT_EQ(Write(set), R"({"f:labels":{"f:a":{}}})");
}

TEST(FieldSet, HoldsNoEmptyNodes) {
  FieldSet set = Read(R"({"f:a":{"f:b":{"f:c":{}}}})");
  EXPECT_TRUE(set.Subtract(Read(R"({"f:a":{"f:b":{"f:c":{}}}})")));
  EXPECT_TRUE(set.empty());
  set.Add("f:a", FieldSet());
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.Find("f:a"), nullptr);
}

TEST(FieldSet, IsMadeOfBranchesInAnyOrder) {
  const FieldSet set = FieldSet::Of({{"f:b", FieldSet::Leaf()},
                                     {"f:a", Read(R"({"f:x":{}})")},
                                     {"f:c", FieldSet()},
                                     {"f:a", Read(R"({"f:w":{}})")}});
  EXPECT_EQ(Write(set), R"({"f:a":{"f:w":{},"f:x":{}},"f:b":{}})");
}

TEST(FieldSet, ErasesAndKeepsWholeBranches) {
  FieldSet set = Read(R"({"f:spec":{"f:a":{}},"f:status":{"f:b":{}}})");
  FieldSet kept = set;
  kept.KeepOnly("f:status");
  EXPECT_EQ(Write(kept), R"({"f:status":{"f:b":{}}})");
  set.Erase("f:status");
  set.Erase("f:none");
  EXPECT_EQ(Write(set), R"({"f:spec":{"f:a":{}}})");
}

TEST(FieldSet, NamesItsPaths) {
  const FieldSet set =
      Read(R"({"f:metadata":{"f:finalizers":{"v:\"a/b\"":{}}},"f:args":{"i:0":{}},)"
           R"("f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}})");
  const std::vector<std::string> expected{".args[0]", R"(.metadata.finalizers[="a/b"])",
                                          R"(.ports[port=80,protocol="TCP"])",
                                          R"(.ports[port=80,protocol="TCP"].name)"};
  EXPECT_EQ(set.Paths(), expected);
}

}  // namespace
}  // namespace noizy
