#include "cli/jsonpath.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

Value Sample() {
  return *ParseJson(R"({"kind":"List","items":[
    {"metadata":{"name":"a","labels":{"noizy.dev/os":"linux"}},"status":{"exitCode":0,"conditions":
      [{"type":"Scheduled","status":"True"},{"type":"Complete","status":"False"}]}},
    {"metadata":{"name":"b"},"status":{"exitCode":3,"nodes":["x","y","z"]}}]})");
}

std::string Rendered(std::string_view text) {
  const Result<JsonPathTemplate> parsed = JsonPathTemplate::Parse(text);
  return parsed.ok() ? parsed->Render(Sample()) : "error: " + parsed.status().message();
}

TEST(JsonPathTemplate, SelectsAsKubectlDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"{.kind}", "List"},
      {"{$.kind}", "List"},
      {"{.items[*].metadata.name}", "a b"},
      {"{.items[0].metadata.name}", "a"},
      {"{.items[-1].metadata.name}", "b"},
      {"{.items[1].status.nodes[0:2]}", "x y"},
      {"{.items[1].status.nodes[::2]}", "x z"},
      {"{.items[1].status.nodes[-1:]}", "z"},
      {"{.items[1].status.nodes[0,2]}", "x z"},
      {"{.items[*]['metadata','kind'].name}", "a b"},
      {"{.items[0].metadata.labels.noizy\\.dev/os}", "linux"},
      {"{.items[0].metadata.labels['noizy.dev/os']}", "linux"},
      {"{.items[0].status.conditions[?(@.type==\"Complete\")].status}", "False"},
      {"{.items[?(@.status.exitCode>0)].metadata.name}", "b"},
      {"{.items[?(@.status.exitCode<=0)].metadata.name}", "a"},
      {"{.items[?(@.status.exitCode!=3)].metadata.name}", "a"},
      {"{.items[?(@.metadata.name >= 'b')].metadata.name}", "b"},
      {"{.items[?(@.status.nodes)].metadata.name}", "b"},
      {"{..name}", "a b"},
      {"{.items[*].status.exitCode}", "0 3"},
      {"{.items[1].status.nodes}", "[\"x\",\"y\",\"z\"]"},
      {"{.none.at.all}", ""},
      {"{.items[7].x}", ""},
      {"name: {.items[0].metadata.name}!", "name: a!"},
      {"{\"tab\\tline\\n\"}{'}'}", "tab\tline\n}"}};
  for (const auto& [path, expected] : cases) EXPECT_EQ(Rendered(path), expected) << path;
}

TEST(JsonPathTemplate, RangesSetWhereAnExpressionStarts) {
  EXPECT_EQ(Rendered("{range .items[*]}{.metadata.name}={.status.exitCode}{\"\\n\"}{end}done"),
            "a=0\nb=3\ndone");
  EXPECT_EQ(Rendered("{range .items[*]}{range .status.conditions[*]}{.type} {end}{$.kind};{end}"),
            "Scheduled Complete List;List;");
}

TEST(JsonPathTemplate, ErrorsQuoteTheExpression) {
  for (const char* text : {"{.a", "{range .items[*]}", "{end}", "{.a[}", "{.a[?(@.b==)}",
                           "{.a['x]}", "{.a[::0]}", "{.a[x]}", "{.a b}"}) {
    EXPECT_EQ(Rendered(text).substr(0, 6), "error:") << text;
  }
  EXPECT_EQ(
      Rendered("{.items[}"),
      "error: JSONPath \".items[\": brackets want an index, a slice, a quoted name, * or a filter");
}

TEST(ParseJsonPath, TakesTheRelaxedForms) {
  for (const char* text : {"{.kind}", ".kind", "kind", " {.kind} ", "$.kind"}) {
    const Result<JsonPath> path = ParseJsonPath(text);
    ASSERT_TRUE(path.ok()) << text << path.status().ToString();
    const Value sample = Sample();
    const std::vector<const Value*> values = SelectByPath(*path, sample);
    ASSERT_EQ(values.size(), 1U) << text;
    EXPECT_EQ(BareText(*values[0]), "List");
  }
  EXPECT_FALSE(ParseJsonPath("").ok());
  EXPECT_FALSE(ParseJsonPath("{}").ok());
  EXPECT_FALSE(ParseJsonPath("{.a").ok());
}

}  // namespace
}  // namespace noizy::cli
