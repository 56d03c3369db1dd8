#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/rules.h"

namespace noizy::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Lines(std::size_t count, const std::string& line = "int x;\n") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

TEST(SizeRules, FunctionsEndAtSeventyLines) {
  const std::string seventy = "void F() {\n" + Lines(68) + "}\n";
  const std::string more = "void G() {\n" + Lines(69) + "}\n";
  EXPECT_THAT(FunctionsTooLong(Repository::Of({{"a/a.cc", seventy}})), IsEmpty());
  EXPECT_THAT(FunctionsTooLong(Repository::Of({{"tests/b.cc", more}})),
              ElementsAre(HasSubstr("tests/b.cc:1: G has 71 lines")));
}

TEST(SizeRules, FilesEndAtTheirLimits) {
  EXPECT_THAT(FilesTooLong(Repository::Of({{"a.cc", Lines(700)}, {"a.h", Lines(400)}})), IsEmpty());
  EXPECT_THAT(FilesTooLong(Repository::Of({{"a.cc", Lines(701)}, {"a.h", Lines(401)}})),
              ElementsAre(HasSubstr("a.cc:701"), HasSubstr("a.h:401")));
}

TEST(SizeRules, BlobsEndAtAQuarterMegabyte) {
  EXPECT_THAT(BlobsTooLarge(Repository::Of({{"a", std::string(256 * 1024, '\0')}})), IsEmpty());
  EXPECT_THAT(BlobsTooLarge(Repository::Of({{"a", std::string(256 * 1024 + 1, '\0')}})),
              ElementsAre(HasSubstr("256 KiB")));
}

TEST(SizeRules, PercentilesAreOfTheValuesThemselves) {
  EXPECT_EQ(Percentile({}, 50), 0U);
  EXPECT_EQ(Percentile({3, 1, 2}, 50), 2U);
  EXPECT_EQ(Percentile({4, 3, 1, 2}, 50), 2U);
  EXPECT_EQ(Percentile({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 95), 10U);
}

TEST(SizeRules, MeasuresCountProductAndTestsApart) {
  const Measures measures = Measure(Repository::Of({
      {"a/a.cc", "#include \"a/a.h\"\n// why\nint F() { return 1; }\nint G() {\n}\n"},
      {"a/a.h", "// what\n#include \"b/b.h\"\n#include <vector>\nint F();\n"},
      {"tests/unit/a/a_test.cc", Lines(18)},
  }));
  EXPECT_EQ(measures.functions, 2U);
  EXPECT_EQ(measures.function_median, 1U);
  EXPECT_EQ(measures.function_p95, 2U);
  EXPECT_EQ(measures.body_median, 5U);
  EXPECT_DOUBLE_EQ(measures.header_comment_percent, 25.0);
  EXPECT_DOUBLE_EQ(measures.body_comment_percent, 20.0);
  EXPECT_EQ(measures.includes_median, 1U);
  EXPECT_DOUBLE_EQ(measures.test_to_code, 2.0);
}

TEST(SizeRules, EveryMeasureHasARange) {
  const Measures good{.functions = 1,
                      .function_median = 8,
                      .function_p95 = 40,
                      .body_median = 150,
                      .body_p95 = 450,
                      .header_comment_percent = 25,
                      .body_comment_percent = 18,
                      .includes_median = 4,
                      .includes_p95 = 10,
                      .test_to_code = 1.6};
  EXPECT_THAT(MeasuresOutOfRange(good), IsEmpty());
  const Measures bad{.functions = 1,
                     .function_median = 9,
                     .function_p95 = 41,
                     .body_median = 151,
                     .body_p95 = 451,
                     .header_comment_percent = 24.9,
                     .body_comment_percent = 18.1,
                     .includes_median = 5,
                     .includes_p95 = 11,
                     .test_to_code = 0.74};
  EXPECT_EQ(MeasuresOutOfRange(bad).size(), 9U);
}

}  // namespace
}  // namespace noizy::tidy
