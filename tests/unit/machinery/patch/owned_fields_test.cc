#include "machinery/patch/owned_fields.h"

#include <gtest/gtest.h>

#include "machinery/base/random.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/patch/widget_schema.h"

namespace noizy {
namespace {

FieldSet Read(std::string_view json) {
  return FieldSet::FromValue(*ParseJson(json)).ValueOr({});
}

OwnedFields Stored(std::string_view json) {
  return OwnedFields::FromStored(*ParseJson(json));
}

// Some paths, most often few.
FieldSet Random(SeededRandom& random, int depth) {
  FieldSet set;
  for (const char* element : {"f:a", "f:b", "k:{\"name\":\"x\"}", "v:\"y\""}) {
    if (random.Below(3) == 0) set.Add(element, depth > 0 ? Random(random, depth - 1) : FieldSet());
    if (random.Below(3) == 0) set.Add(element, FieldSet::Leaf());
  }
  return set;
}

TEST(OwnedFields, StayAsTheyAreWhenNothingTouchesThem) {
  // Not in the order that a set would write: it shows who has been read.
  constexpr std::string_view kText = R"({"f:z":{},"f:a":{".":{},"f:b":{}}})";
  OwnedFields fields = Stored(kText);
  fields.Subtract(Read(R"({"f:c":{},"f:z":{"f:y":{}}})"));
  fields.Join(Read(R"({"f:a":{"f:b":{}}})"));
  EXPECT_EQ(ToJson(fields.ToValue()), kText);
  fields.Join(Read(R"({"f:c":{}})"));
  EXPECT_EQ(ToJson(fields.ToValue()), R"({"f:a":{".":{},"f:b":{}},"f:c":{},"f:z":{}})");
}

TEST(OwnedFields, AreOwnedWholeWhereTheSchemaKnowsOneValue) {
  struct Case {
    std::string_view counted;
    std::string_view reconciled;
  };
  const std::vector<Case> cases{
      {R"({"f:spec":{"f:size":{},"f:selector":{"f:a":{},"f:b":{}}}})",
       R"({"f:spec":{"f:size":{},"f:selector":{}}})"},
      {R"({"f:spec":{"f:args":{"v:\"x\"":{}}}})", R"({"f:spec":{"f:args":{}}})"},
      {R"({"f:spec":{"f:selector":{".":{}}}})", R"({"f:spec":{"f:selector":{".":{}}}})"},
      {R"({"f:spec":{"f:limits":{".":{},"f:a":{}},"f:tags":{"v:\"x\"":{}}}})",
       R"({"f:spec":{"f:limits":{".":{},"f:a":{}},"f:tags":{"v:\"x\"":{}}}})"},
      {R"({"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:extra":{"f:a":{"f:b":{}}}}})",
       R"({"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:extra":{"f:a":{"f:b":{}}}}})"},
  };
  for (const Case& test : cases) {
    OwnedFields stored = Stored(test.counted);
    stored.Reconcile(WidgetSchema());
    EXPECT_EQ(ToJson(stored.ToValue()), test.reconciled);
    OwnedFields decoded = Read(test.counted);
    decoded.Reconcile(WidgetSchema());
    EXPECT_EQ(decoded.Set(), Read(test.reconciled));
  }
}

TEST(OwnedFields, AreEmptyWithoutAPath) {
  EXPECT_TRUE(OwnedFields().empty());
  EXPECT_TRUE(Stored("{}").empty());
  EXPECT_TRUE(Stored("null").empty());
  OwnedFields fields = Stored(R"({"f:a":{"f:b":{}}})");
  EXPECT_FALSE(fields.empty());
  fields.Subtract(Read(R"({"f:a":{"f:b":{}}})"));
  EXPECT_TRUE(fields.empty());
}

TEST(OwnedFieldsProperties, AreTheSameSetInEitherForm) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    const FieldSet start = Random(random, 2);
    const FieldSet change = Random(random, 2);
    OwnedFields stored = OwnedFields::FromStored(start.ToValue());
    OwnedFields decoded = start;
    ASSERT_EQ(stored.Common(change), decoded.Common(change)) << "seed " << seed;
    const bool join = random.Below(2) == 0;
    for (OwnedFields* fields : {&stored, &decoded})
      join ? fields->Join(change) : fields->Subtract(change);
    ASSERT_EQ(ToJson(stored.ToValue()), ToJson(decoded.ToValue())) << "seed " << seed;
    ASSERT_EQ(stored.Set(), decoded.Set()) << "seed " << seed;
    ASSERT_EQ(stored.empty(), decoded.empty()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace noizy
