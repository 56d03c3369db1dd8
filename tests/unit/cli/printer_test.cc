#include "cli/printer.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

Value Task(const char* name) {
  return *ParseJson(
      std::string(R"({"apiVersion":"noizy.dev/v1","kind":"Task","metadata":{"name":")") + name +
      R"(","managedFields":[{}]},"spec":{"env":[1,2]}})");
}

std::string Printed(std::string_view format, const Value& object) {
  const Result<OutputFormat> parsed = OutputFormat::Parse(format);
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  return parsed.ok() ? PrintObject(*parsed, object) : "";
}

TEST(PrintObject, EveryFormat) {
  Value task = Task("a");
  DropManagedFields(task);
  EXPECT_EQ(
      Printed("yaml", task),
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata:\n  name: a\nspec:\n  env:\n  - 1\n  - 2\n");
  EXPECT_EQ(Printed("json", Object{{"a", 1}}), "{\n    \"a\": 1\n}\n");
  EXPECT_EQ(Printed("name", task), "task.noizy.dev/a\n");
  EXPECT_EQ(Printed("jsonpath={.metadata.name}", task), "a");
  EXPECT_EQ(Printed("custom-columns=NAME:.metadata.name,E:.spec.env[*],X:.none", task),
            "NAME   E     X\na      1,2   <none>\n");
}

TEST(PrintObject, ListsShowTheirItems) {
  const Value list = ListOf({Task("a"), Task("b")});
  EXPECT_EQ(Printed("name", list), "task.noizy.dev/a\ntask.noizy.dev/b\n");
  EXPECT_EQ(Printed("custom-columns=N:metadata.name", list), "N\na\nb\n");
  EXPECT_EQ(Printed("jsonpath={.items[*].metadata.name}", list), "a b");
}

TEST(DropManagedFields, ReachesItems) {
  Value list = ListOf({Task("a")});
  DropManagedFields(list);
  EXPECT_EQ(ToJson(list).find("managedFields"), std::string::npos);
}

TEST(OutputFormat, ErrorsSayWhatThereIs) {
  EXPECT_NE(OutputFormat::Parse("xml").status().message().find("json, yaml, name"),
            std::string::npos);
  EXPECT_FALSE(OutputFormat::Parse("custom-columns=").ok());
  EXPECT_FALSE(OutputFormat::Parse("custom-columns=.a").ok());
  EXPECT_FALSE(OutputFormat::Parse("jsonpath={.a").ok());
  EXPECT_TRUE(OutputFormat::Parse("wide")->is_table());
}

TEST(ObjectName, LeavesOutTheCoreGroup) {
  EXPECT_EQ(ObjectName("secret", "", "s"), "secret/s");
  EXPECT_EQ(ObjectName(Object{
                {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", Object{{"name", "c"}}}}),
            "configmap/c");
}

}  // namespace
}  // namespace noizy::cli
