#include "cli/explain_text.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr char kDocument[] = R"({"components":{"schemas":{
  "dev.example.v1.Gadget":{"type":"object","description":"A gadget.","required":["spec"],
    "x-kubernetes-group-version-kind":[{"group":"example.dev","version":"v1","kind":"Gadget"}],
    "properties":{
      "spec":{"type":"object","description":"What it does.","required":["size"],"properties":{
        "size":{"type":"string","description":"How big.","enum":["s","m","l"]},
        "shell":{"type":"string","enum":["","b","c","d","e"]},
        "tags":{"type":"array","items":{"type":"string"},"description":"Words."},
        "limits":{"type":"object","additionalProperties":{"type":"string"}},
        "parts":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"}}}},
        "self":{"$ref":"#/components/schemas/dev.example.v1.Loop"}}},
      "metadata":{"description":"Its name.","allOf":[{"$ref":"#/components/schemas/dev.example.Meta"}]}}},
  "dev.example.v1.Loop":{"type":"object","description":"Holds itself.","properties":{
    "inner":{"$ref":"#/components/schemas/dev.example.v1.Loop"}}},
  "dev.example.Meta":{"type":"object","properties":{"name":{"type":"string"}}}}}})";

Result<std::string> Explain(std::vector<std::string> fields, Depth depth = Depth::kOneLevel) {
  const Value document = *ParseJson(kDocument);
  return ExplainField(document, {"example.dev", "v1", "Gadget", std::move(fields)}, depth);
}

TEST(ExplainTextTest, AKind) {
  EXPECT_EQ(*Explain({}),
            "GROUP:      example.dev\nKIND:       Gadget\nVERSION:    v1\n\n"
            "DESCRIPTION:\n    A gadget.\n    \nFIELDS:\n"
            "  metadata\t<Meta>\n    Its name.\n\n"
            "  spec\t<Object> -required-\n    What it does.\n\n\n");
}

TEST(ExplainTextTest, AFieldWithItsType) {
  EXPECT_NE(Explain({"spec", "tags"})->find("FIELD: tags <[]string>\n\n\nDESCRIPTION:\n    Words."),
            std::string::npos);
  EXPECT_NE(Explain({"spec", "limits"})->find("FIELD: limits <map[string]string>"),
            std::string::npos);
  EXPECT_NE(Explain({"spec", "size"})->find("FIELD: size <string>\nENUM:\n    s\n    m\n    l\n\n"),
            std::string::npos);
}

TEST(ExplainTextTest, LongEnumsAreCutInALists) {
  const std::string text = *Explain({"spec"});
  EXPECT_NE(text.find("  enum: s, m, l\n"), std::string::npos);
  EXPECT_NE(text.find("  enum: \"\", b, c, d, ....\n    <no description>\n"), std::string::npos);
}

TEST(ExplainTextTest, FieldsBehindReferencesAndInsideArrays) {
  EXPECT_TRUE(Explain({"metadata", "name"}).ok());
  EXPECT_TRUE(Explain({"spec", "parts", "name"}).ok());
}

TEST(ExplainTextTest, AllLevelsEndWhereASchemaHoldsItself) {
  const std::string text = *Explain({"spec"}, Depth::kAllLevels);
  EXPECT_NE(text.find("  parts\t<[]Object>\n    name\t<string>\n"), std::string::npos);
  EXPECT_NE(text.find("  self\t<Loop>\n    inner\t<Loop>\n  shell"), std::string::npos) << text;
}

TEST(ExplainTextTest, LongDescriptionsAreWrapped) {
  Value document = *ParseJson(kDocument);
  std::string words;
  for (int i = 0; i < 30; ++i) words += "word" + std::string(i % 7, 'x') + " ";
  Set(document, {"components", "schemas", "dev.example.v1.Gadget", "description"},
      boost::json::string(words + "\nsecond"));
  const std::string text =
      *ExplainField(document, {"example.dev", "v1", "Gadget", {}}, Depth::kOneLevel);
  std::size_t longest = 0;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    longest = std::max(longest, text.find('\n', at) - at);
  EXPECT_LE(longest, 80U);
  EXPECT_GT(longest, 70U);
  EXPECT_NE(text.find("\n    second\n"), std::string::npos);
}

TEST(ExplainTextTest, SaysWhatIsNotThere) {
  EXPECT_EQ(Explain({"spec", "colour"}).status().message(),
            "field \"colour\" does not exist in Gadget.spec: explain that to see which do");
  const Value document = *ParseJson(kDocument);
  EXPECT_EQ(ExplainField(document, {"example.dev", "v2", "Gadget", {}}, Depth::kOneLevel)
                .status()
                .reason(),
            StatusReason::kNotFound);
}

}  // namespace
}  // namespace noizy::cli
