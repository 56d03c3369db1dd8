#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"

namespace noizy {
namespace {

// What the path selects, as JSON values separated by spaces.
std::string Select(std::string_view path) {
  static const Value kObject = *ParseJson(R"({
      "spec": {"names": ["a", "b", "c"], "size": 3, "a.b": "dotted"},
      "status": {"capacity": {"noizy.dev/gpu": "1"}, "conditions": [
        {"type": "Ready", "status": "True", "age": 5}, {"type": "Issuing", "status": "False", "age": 9, "note": "x"}]}})");
  const auto found = EvaluateJsonPath(path, kObject);
  if (!found) return "error: " + found.status().message();
  std::string out;
  for (const Value* value : *found) out += (out.empty() ? "" : " ") + ToJson(*value);
  return out;
}

TEST(JsonPath, SelectsMembersAndItems) {
  EXPECT_EQ(Select(".spec.size"), "3");
  EXPECT_EQ(Select("spec.size"), "3");
  EXPECT_EQ(Select("{.spec.size}"), "3");
  EXPECT_EQ(Select("$.spec['size']"), "3");
  EXPECT_EQ(Select("$.spec['size', 'none', \"a.b\"]"), "3 \"dotted\"");
  EXPECT_TRUE(Select("$.spec['size' 'a.b']").starts_with("error: "));
  EXPECT_TRUE(Select("$.spec['size',]").starts_with("error: "));
  EXPECT_EQ(Select(".spec.names[0]"), "\"a\"");
  EXPECT_EQ(Select(".spec.names[-1]"), "\"c\"");
  EXPECT_EQ(Select(".spec.names[*]"), "\"a\" \"b\" \"c\"");
  EXPECT_EQ(Select(".status.conditions[*].type"), "\"Ready\" \"Issuing\"");
  EXPECT_EQ(Select(".status.conditions.*.type"), "\"Ready\" \"Issuing\"");
  EXPECT_EQ(Select(".status.capacity.*"), "\"1\"");
}

TEST(JsonPath, KnowsDotsInNames) {
  EXPECT_EQ(Select(R"(.status.capacity.noizy\.dev/gpu)"), "\"1\"");
  EXPECT_EQ(Select(R"(.status.capacity['noizy.dev/gpu'])"), "\"1\"");
  EXPECT_EQ(Select(R"(.status.capacity['noizy\.dev/gpu'])"), "\"1\"");
  EXPECT_EQ(Select(R"(.spec["a.b"])"), "\"dotted\"");
}

TEST(JsonPath, Filters) {
  EXPECT_EQ(Select(R"(.status.conditions[?(@.type=="Ready")].status)"), "\"True\"");
  EXPECT_EQ(Select(R"(.status.conditions[?(@.type == 'Ready')].status)"), "\"True\"");
  EXPECT_EQ(Select(R"(.status.conditions[?(@.type!="Ready")].status)"), "\"False\"");
  EXPECT_EQ(Select(".status.conditions[?(@.age>5)].age"), "9");
  EXPECT_EQ(Select(".status.conditions[?(@.age>=5)].age"), "5 9");
  EXPECT_EQ(Select(".status.conditions[?(@.age<9)].age"), "5");
  EXPECT_EQ(Select(".status.conditions[?(@.note)].age"), "9");
  EXPECT_EQ(Select(R"(.status.conditions[?(@.type=="a]b")].age)"), "");
}

TEST(JsonPath, SelectsNothingWhereSomethingIsMissing) {
  for (const char* path : {".none", ".spec.none.deeper", ".spec.names[9]", ".spec.size[0]",
                           ".spec.names.x", ".status.conditions[?(@.none==1)]"}) {
    EXPECT_EQ(Select(path), "") << path;
  }
}

TEST(JsonPath, QuotesWhatItCannotRead) {
  for (const char* path :
       {"..size", ".spec[", ".spec[x]", ".a]b[", ".status.conditions[?(type==1)]"}) {
    EXPECT_EQ(Select(path),
              "error: \"" + std::string(path) + "\" is not a JSONPath that columns can use");
  }
}

}  // namespace
}  // namespace noizy
