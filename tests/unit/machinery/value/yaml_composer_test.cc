// The composer's limits: what keeps a small text from becoming a large tree.
#include "machinery/value/yaml_composer.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "machinery/value/yaml.h"

namespace noizy {
namespace {

std::string Failure(std::string_view text, const YamlReadOptions& options = {}) {
  const Result<std::vector<YamlDocument>> documents = ParseYaml(text, options);
  EXPECT_FALSE(documents.ok()) << text.substr(0, 100);
  return documents.ok() ? "" : documents.status().message();
}

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(YamlLimits, Depth) {
  EXPECT_TRUE(ParseYaml(Repeated("[", 64) + Repeated("]", 64)).ok());
  EXPECT_NE(Failure(Repeated("[", 65) + Repeated("]", 65)).find("nested deeper than 64"),
            std::string::npos);
  EXPECT_NE(Failure(Repeated("- ", 70) + "a").find("nested deeper than 64"), std::string::npos);
  EXPECT_NE(Failure(Repeated("? ", 70) + "a").find("key"), std::string::npos);
  EXPECT_NE(Failure("[[1]]", {.max_depth = 1}).find("nested deeper than 1 "), std::string::npos);
  EXPECT_NE(Failure("{\"a\":{}}", {.max_depth = 1}).find("nested deeper than 1 "),
            std::string::npos);
}

TEST(YamlLimits, AliasBombs) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last +
            Repeated(", " + last, 9) + "]\n";
  }
  EXPECT_NE(Failure(bomb).find("aliases expand to more than 100000 values"), std::string::npos);
}

TEST(YamlLimits, AliasesOfLongTexts) {
  const std::string text =
      "a: &a " + std::string(100'000, 'x') + "\nb: [" + Repeated("*a, ", 100) + "]\n";
  EXPECT_NE(Failure(text).find("aliases expand to more than"), std::string::npos);
}

TEST(YamlLimits, NestedAnchors) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "&a" + std::to_string(i) + " [";
  text += std::string(100'000, 'x') + Repeated("]", 60);
  EXPECT_NE(Failure(text).find("anchors name more than"), std::string::npos);
}

TEST(YamlLimits, CountAcrossTheDocumentsOfAStream) {
  const std::string document = "---\na: &a [1, 2, 3]\nb: *a\n";
  EXPECT_TRUE(ParseYaml(Repeated(document, 2), {.max_nodes = 8}).ok());
  EXPECT_NE(Failure(Repeated(document, 3), {.max_nodes = 8}).find("more than 8 values"),
            std::string::npos);
}

TEST(YamlLimits, Bytes) {
  EXPECT_EQ(Failure("a: 12345", {.max_bytes = 7}), "the text is longer than 7 bytes");
}

TEST(YamlLimits, BracketsOnOneLine) {
  EXPECT_NE(Failure(std::string(3'000'000, '[')).find("the line is too long for YAML"),
            std::string::npos);
  EXPECT_TRUE(ParseYaml("a: " + std::string(2'000'000, 'x')).ok());
  std::string rows = "a: [\n";
  for (int i = 0; i < 50'000; ++i) rows += "  1, 2, 3, 4, 5,\n";
  EXPECT_EQ(ParseYaml(rows + "]")->front().value.at("a").as_array().size(), 250'000U);
}

TEST(YamlText, FindsLinesAndPositions) {
  const YamlText text("a: b\n\nlast");
  YAML::Mark mark;
  mark.line = 2;
  mark.column = 1;
  EXPECT_EQ(text.Line(mark), "last");
  EXPECT_EQ(text.From(mark), "ast");
  mark.line = 0;
  EXPECT_EQ(text.Line(mark), "a: b\n");
  mark.line = 9;
  EXPECT_EQ(text.Line(mark), "");
  EXPECT_EQ(text.From(mark), "");
  EXPECT_EQ(text.From(YAML::Mark::null_mark()), "a: b\n\nlast");
}

}  // namespace
}  // namespace noizy
