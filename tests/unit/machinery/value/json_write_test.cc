#include <gtest/gtest.h>

#include <limits>

#include "machinery/value/json.h"
#include "tests/unit/machinery/value/random_value.h"

namespace noizy {
namespace {

TEST(ToJson, WritesDoublesAsGoDoes) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {100.0, "100"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1.25e21, "1.25e+21"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {1.5e-9, "1.5e-9"},
      {1e-10, "1e-10"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {123456789012345680000.0, "123456789012345680000"},
      {3.14159, "3.14159"},
      {1234.5, "1234.5"}};
  for (const auto& [number, text] : cases) EXPECT_EQ(ToJson(number), text);
}

TEST(ToJson, WritesIntegersWhole) {
  EXPECT_EQ(ToJson(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(ToJson(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(ToJson, EscapesOnlyWhatMustBe) {
  EXPECT_EQ(ToJson(Value("\"\\/\b\f\n\r\t\x01\x1f<>&é\x7f")),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f<>&é\x7f\"");
  EXPECT_EQ(ToJson(Value(boost::json::string(std::string_view("a\0b", 3)))), "\"a\\u0000b\"");
}

TEST(ToJson, FindsEscapesAtEveryPlaceOfALongText) {
  for (const char special : {'"', '\\', '\n', '\x1f', '\0'}) {
    for (std::size_t at = 0; at < 24; ++at) {
      std::string text = "é!#[]\x7f 0123456789abcdefgh";
      text[at] = special;
      if (at < 2) text[1 - at] = 'e';  // not half of the first character
      const std::string json = ToJson(boost::json::string(text));
      const Result<Value> read = ParseJson(json);
      ASSERT_TRUE(read.ok()) << json;
      EXPECT_EQ(View(read->get_string()), text) << json;
      EXPECT_GT(json.size(), text.size() + 2);
    }
  }
}

TEST(ToJson, HasNoFormForWhatIsNotFinite) {
  EXPECT_EQ(ToJson(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(ToJson(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(AppendJson, AppendsToWhatIsThere) {
  std::string out = "data: ";
  AppendJson(out, Value(Array{1, Object{{"a", nullptr}}, true}));
  EXPECT_EQ(out, "data: [1,{\"a\":null},true]");
}

TEST(ToPrettyJson, IndentsByFourAsKubectlDoes) {
  const Value value(Object{{"a", Array{1, Object{{"b", "c"}}}}, {"e", Array{}}, {"o", Object{}}});
  EXPECT_EQ(ToPrettyJson(value),
            "{\n    \"a\": [\n        1,\n        {\n            \"b\": \"c\"\n        }\n    ],\n"
            "    \"e\": [],\n    \"o\": {}\n}");
}

TEST(Json, RandomTreesSurviveTheRoundTrip) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SeededRandom random(seed);
    const Value value = RandomValues(random).Tree(5);
    for (const std::string& text : {ToJson(value), ToPrettyJson(value)}) {
      const Result<Value> read = ParseJson(text);
      ASSERT_TRUE(read.ok()) << "seed " << seed << ": " << read.status().ToString() << "\n" << text;
      ASSERT_TRUE(Equal(*read, value)) << "seed " << seed << "\n" << text;
      ASSERT_EQ(ToJson(*read), ToJson(value)) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace noizy
