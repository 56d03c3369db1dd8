#include <gtest/gtest.h>

#include <limits>

#include "machinery/value/json.h"

namespace noizy {
namespace {

std::string Failure(std::string_view text, const JsonReadOptions& options = {}) {
  const Result<Value> value = ParseJson(text, options);
  EXPECT_FALSE(value.ok()) << text;
  EXPECT_EQ(value.status().reason(), StatusReason::kBadRequest);
  return value.status().message();
}

std::string Nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, ReadsEveryKind) {
  const Result<Value> value =
      ParseJson(" {\"a\":[1,-2,2.5,\"x\\u00e9\\n\",true,false,null,{}]} \n");
  ASSERT_TRUE(value.ok()) << value.status().ToString();
  EXPECT_EQ(ToJson(*value), "{\"a\":[1,-2,2.5,\"xé\\n\",true,false,null,{}]}");
}

TEST(ParseJson, KeepsIntegersExactly) {
  const Result<Value> value =
      ParseJson("[9223372036854775807,-9223372036854775808,18446744073709551615,9007199254740993]");
  ASSERT_TRUE(value.ok());
  const Array& numbers = value->get_array();
  EXPECT_EQ(numbers[0].get_int64(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(numbers[1].get_int64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(numbers[2].get_uint64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(numbers[3].get_int64(), 9007199254740993);
}

TEST(ParseJson, ReadsDoublesToTheNearest) {
  // Each of these is rounded to a neighbour by one or the other fast algorithm.
  for (const double number : {0.1, 2.2250738585072011e-308, 1.7976931348623157e308, 5e-324,
                              9007199254740993.5, 6.02214076e23, 8.5e-318}) {
    char text[64];
    snprintf(text, sizeof text, "%.17g", number);
    const Result<Value> value = ParseJson(text);
    ASSERT_TRUE(value.ok()) << text;
    const double read = value->is_double() ? value->get_double() : value->to_number<double>();
    EXPECT_EQ(read, number) << text;
  }
}

TEST(ParseJson, TooSmallIsZeroAndTooLargeIsAnError) {
  const Result<Value> tiny = ParseJson("1e-999");
  ASSERT_TRUE(tiny.ok());
  EXPECT_EQ(tiny->get_double(), 0);
  EXPECT_NE(Failure("[1e999]").find("beyond double's range"), std::string::npos);
  EXPECT_NE(Failure("-1e309").find("beyond double's range"), std::string::npos);
}

TEST(ParseJson, NamesTheByteWhereItFailed) {
  EXPECT_EQ(Failure("{\"a\" 1}"), "invalid JSON at byte 5: syntax error");
  EXPECT_EQ(Failure("[1] 2"), "invalid JSON at byte 4: there is text after the value");
  EXPECT_EQ(Failure("[1,"), "invalid JSON at byte 3: the text ends inside a value");
  EXPECT_EQ(Failure(""), "invalid JSON at byte 0: the text ends inside a value");
}

TEST(ParseJson, RefusesWhatJsonDoesNotHave) {
  for (const std::string_view text :
       {"{'a':1}", "[1,]", "{\"a\":1,}", "// c\n1", "01", "+1", ".5", "1.", "NaN", "Infinity",
        "tru", "\"a\nb\"", "\"\\x41\"", "{\"a\":1 \"b\":2}", "{1:2}", "\xEF\xBB\xBF{}"}) {
    (void)Failure(text);
  }
}

TEST(ParseJson, ChecksUtf8) {
  for (const std::string_view text : {"\"\xC3\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xFF\"",
                                      "{\"\xC3\":1}", "\"\\ud800\"", "\"\\udc00x\""}) {
    (void)Failure(text);
  }
  EXPECT_TRUE(ParseJson("\"\\ud83d\\ude00 \\u0000\"").ok());
}

TEST(ParseJson, CountsDepthFromTheOutermostContainer) {
  EXPECT_TRUE(ParseJson(Nested(kMaxDocumentDepth)).ok());
  EXPECT_NE(Failure(Nested(kMaxDocumentDepth + 1)).find("deeper than 64 levels"),
            std::string::npos);
  EXPECT_TRUE(ParseJson(Nested(2), {.max_depth = 2}).ok());
  (void)Failure(Nested(3), {.max_depth = 2});
  (void)Failure(std::string(1'000'000, '['));
}

TEST(ParseJson, ReportsEveryDuplicateWithItsPath) {
  std::vector<std::string> duplicates;
  const Result<Value> value = ParseJson(
      R"({"spec":{"env":[{"name":1},{"name":"x","name":"y"}],"a":1,"a":2,"a":3},"spec2":[[0,{"k":1,"k":2}]]})",
      {.duplicates = &duplicates});
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(duplicates,
            (std::vector<std::string>{"spec.env[1].name", "spec.a", "spec.a", "spec2[0][1].k"}));
  EXPECT_EQ(IntAt(*value, {"spec", "a"}), 3) << "the last one wins";
}

TEST(ParseJson, SeesThroughEscapesWhenLookingForDuplicates) {
  std::vector<std::string> duplicates;
  ASSERT_TRUE(ParseJson(R"({"ab":1,"\u0061b":2,"a":{"ab":1}})", {.duplicates = &duplicates}).ok());
  EXPECT_EQ(duplicates, std::vector<std::string>{"ab"});
}

TEST(ParseJson, WithoutDuplicatesAskedTheLastOneWins) {
  const Result<Value> value = ParseJson(R"({"a":1,"a":2})");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(ToJson(*value), R"({"a":2})");
}

TEST(ParseJson, LongStringsAndKeysArriveWhole) {
  const std::string text =
      "\"" + std::string(100'000, 'x') + "\\n" + std::string(100'000, 'y') + "\"";
  const Result<Value> value = ParseJson("{" + text + ":" + text + "}");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->get_object().begin()->key().size(), 200'001U);
  EXPECT_EQ(value->get_object().begin()->value().get_string().size(), 200'001U);
}

}  // namespace
}  // namespace noizy
