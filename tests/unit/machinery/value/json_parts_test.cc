#include "machinery/value/json_parts.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/value/random_value.h"

namespace noizy {
namespace {

std::string Read(const JsonParts& parts, std::string_view text) {
  const Result<Value> value = parts.Read(text);
  return value.ok() ? ToJson(*value) : value.status().message();
}

TEST(JsonParts, ReadsWhatIsAskedForAlone) {
  const JsonParts parts{"metadata.labels", "metadata.uid", "status.phase"};
  EXPECT_EQ(Read(parts, R"({"kind":"Task","metadata":{"annotations":{"labels":{"a":[{}]}},"labels":
      {"x":"y","deep":{"er":[1,[2,{"z":null}]]}},"name":"a","uid":"u"},
      "spec":{"status":{"phase":"no"},"list":[{"phase":"no"},[[]]]},"status":{"phase":"Running","n":1.5}})"),
            R"({"metadata":{"labels":{"x":"y","deep":{"er":[1,[2,{"z":null}]]}},"uid":"u"},)"
            R"("status":{"phase":"Running"}})");
}

TEST(JsonParts, ComparesNamesAsTheyAreMeant) {
  EXPECT_EQ(Read({"metadata"}, R"({"met\u0061data":"kept","meta":1,"metadata2":2})"),
            R"({"metadata":"kept"})");
}

TEST(JsonParts, KeepsWhatStandsInAnObjectsPlace) {
  const JsonParts parts{"a.b"};
  EXPECT_EQ(Read(parts, R"({"a":[{"b":1,"c":2}]})"), R"({"a":[{"b":1,"c":2}]})");
  EXPECT_EQ(Read(parts, R"({"a":7})"), R"({"a":7})");
  EXPECT_EQ(Read(parts, R"({"a":{"c":1}})"), R"({"a":{}})");
  EXPECT_EQ(Read(parts, "[]"), "[]");
  EXPECT_EQ(Read({}, R"({"a":1})"), "{}");
  EXPECT_EQ(Read({""}, R"({"a":1})"), R"({"a":1})");
}

TEST(JsonParts, ChecksWhatItDrops) {
  const JsonParts parts{"a"};
  for (const char* text :
       {R"({"b":{"c":[1,}})", R"({"b":nul})", R"({"b":1)", R"({} x)", "{\"b\":\"\xff\"}"}) {
    const Result<Value> whole = ParseJson(text);
    ASSERT_FALSE(whole.ok()) << text;
    EXPECT_EQ(Read(parts, text), whole.status().message());
  }
}

// What was asked for is there as ParseJson reads it, in random documents.
TEST(JsonParts, AgreesWithParseJson) {
  SeededRandom random(20);
  RandomValues values(random);
  for (int round = 0; round < 2000; ++round) {
    const Value part = values.Tree(4);
    const Value inner = Object{{"y", values.Tree(3)}, {"b", part}, {"z", values.Tree(2)}};
    const Value document = Object{{"x", values.Tree(3)}, {"a", inner}, {"w", values.Tree(3)}};
    const Value expected = Object{{"a", Object{{"b", part}}}};
    EXPECT_EQ(Read({"a.b"}, ToJson(document)), ToJson(expected));
  }
}

}  // namespace
}  // namespace noizy
