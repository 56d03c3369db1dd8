#include <gtest/gtest.h>

#include "machinery/patch/patch.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/value/random_value.h"

namespace noizy {
namespace {

std::string Merged(std::string_view document, std::string_view patch) {
  Value value = *ParseJson(document);
  ApplyMergePatch(value, *ParseJson(patch));
  return ToJson(value);
}

TEST(MergePatch, DoesWhatTheRfcsAppendixShows) {
  const char* const cases[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", R"(null)", R"(null)"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"}};
  for (const auto& [document, patch, result] : cases) {
    EXPECT_EQ(Merged(document, patch), result) << document << " + " << patch;
  }
}

TEST(MergePatch, DoesTheRfcsLongExample) {
  EXPECT_EQ(
      Merged(
          R"({"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},)"
          R"("tags":["example","sample"],"content":"This will be unchanged"})",
          R"({"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]})"),
      R"({"title":"Hello!","author":{"givenName":"John"},"tags":["example"],)"
      R"("content":"This will be unchanged","phoneNumber":"+01-123-456-7890"})");
}

std::string Created(std::string_view from, std::string_view to) {
  return ToJson(CreateMergePatch(*ParseJson(from), *ParseJson(to)));
}

TEST(CreateMergePatch, NamesOnlyWhatDiffers) {
  EXPECT_EQ(
      Created(R"({"a":1,"b":{"c":2,"d":3},"e":[1]})", R"({"b":{"c":2,"d":4},"e":[1],"f":{}})"),
      R"({"a":null,"b":{"d":4},"f":{}})");
  EXPECT_EQ(Created(R"({"a":1,"b":{"x":1}})", R"({"b":{"x":1.0},"a":1})"), "{}");
  EXPECT_EQ(Created(R"({"a":[1]})", R"({"a":{"b":1}})"), R"({"a":{"b":1}})");
  EXPECT_EQ(Created("1", "1"), "{}");
  EXPECT_EQ(Created("1", "2"), "2");
  EXPECT_EQ(Created(R"({"a":1})", "[]"), "[]");
}

void DropNulls(Value& value) {
  if (Array* array = value.if_array()) {
    for (Value& element : *array) DropNulls(element);
  }
  Object* object = value.if_object();
  if (object == nullptr) return;
  Object kept;
  for (auto& [key, member] : *object) {
    if (member.is_null()) continue;
    DropNulls(member);
    kept[key] = member;
  }
  *object = std::move(kept);
}

TEST(CreateMergePatch, TurnsAnyDocumentWithoutNullsIntoAnyOther) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    RandomValues values(random);
    Value from = Object{{"a", values.Tree(3)}, {"b", values.Tree(3)}, {"c", values.Tree(2)}};
    Value to = Object{{"a", values.Tree(3)}, {"b", values.Tree(3)}, {"d", values.Tree(2)}};
    DropNulls(from);
    DropNulls(to);
    Value patched = from;
    ApplyMergePatch(patched, CreateMergePatch(from, to));
    ASSERT_TRUE(Equal(patched, to)) << "seed " << seed << "\n"
                                    << ToJson(from) << "\n"
                                    << ToJson(to);
  }
}

}  // namespace
}  // namespace noizy
