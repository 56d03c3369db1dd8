#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "machinery/value/yaml.h"
#include "tests/unit/machinery/value/random_value.h"

namespace noizy {
namespace {

std::string Written(std::string_view json) {
  return ToYaml(*ParseJson(json));
}

TEST(ToYaml, LooksLikeKubectls) {
  EXPECT_EQ(Written(R"({"apiVersion":"v1","items":[{"a":1,"b":{"c":[]}},"x",[1,[2]],{},null],
                        "metadata":{"labels":{"on":"true","t":"2026-01-01T00:00:00Z"},"x":{}},
                        "script":"#!/bin/sh\necho hi\n"})"),
            "apiVersion: v1\n"
            "items:\n"
            "- a: 1\n"
            "  b:\n"
            "    c: []\n"
            "- x\n"
            "- - 1\n"
            "  - - 2\n"
            "- {}\n"
            "- null\n"
            "metadata:\n"
            "  labels:\n"
            "    \"on\": \"true\"\n"
            "    t: \"2026-01-01T00:00:00Z\"\n"
            "  x: {}\n"
            "script: |\n"
            "  #!/bin/sh\n"
            "  echo hi\n");
}

TEST(ToYaml, WritesBlocksWithTheirEnds) {
  EXPECT_EQ(Written(R"({"a":["x\ny","x\n\n"],"b":"x\n\n  y\n"})"),
            "a:\n- |-\n  x\n  y\n- |+\n  x\n\nb: |\n  x\n\n    y\n");
}

TEST(ToYaml, WritesRootsOfEveryKind) {
  EXPECT_EQ(Written("[]"), "[]\n");
  EXPECT_EQ(Written("{}"), "{}\n");
  EXPECT_EQ(Written("null"), "null\n");
  EXPECT_EQ(Written("\"a\\nb\""), "|-\n  a\n  b\n");
  EXPECT_EQ(Written("[1.5]"), "- 1.5\n");
  EXPECT_EQ(Written("1e-7"), "1e-7\n");
}

TEST(ToYaml, EscapesWhatCannotBeSeen) {
  EXPECT_EQ(Written(R"("\u0000\u0007\u001b\u007f\u0085\u2028\ufeff\t\"\\é")"),
            "\"\\0\\a\\e\\x7F\\N\\L\\uFEFF\\t\\\"\\\\é\"\n");
  EXPECT_EQ(ToYaml(boost::json::string("a\xFF\n ")), "\"a\xEF\xBF\xBD\\n \"\n");
}

TEST(ToYaml, WritesKeysOfAnyLength) {
  const std::string key(3000, 'k');
  Object object;
  object["a"] = Array{Object{{key, 1}, {"b", 2}}};
  const std::string text = ToYaml(object);
  const auto documents = ParseYaml(text);
  ASSERT_TRUE(documents.ok()) << documents.status().ToString();
  EXPECT_TRUE(Equal(documents->front().value, object));
}

TEST(Yaml, RandomTreesSurviveTheRoundTrip) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SeededRandom random(seed);
    Value value = RandomValues(random).Tree(4);
    if (value.is_null()) value = Array{value};
    const std::string text = ToYaml(value);
    const auto documents = ParseYaml(text);
    ASSERT_TRUE(documents.ok()) << "seed " << seed << ": " << documents.status().ToString() << "\n"
                                << text;
    ASSERT_EQ(documents->size(), 1U) << "seed " << seed << "\n" << text;
    ASSERT_TRUE(Equal(documents->front().value, value)) << "seed " << seed << "\n"
                                                        << text << "\n"
                                                        << ToJson(value) << "\n"
                                                        << ToJson(documents->front().value);
  }
}

}  // namespace
}  // namespace noizy
