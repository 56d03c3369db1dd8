#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

using CreateReplace = CliTest;
constexpr const char* kTask =
    "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a}\nspec: {type: exec}\n";

TEST_F(CreateReplace, CreatesOnce) {
  EXPECT_EQ(grid_.Run({"create", "-f", "-"}, kTask).out, "task.noizy.dev/a created\n");
  const FakeGrid::Outcome again = grid_.Run({"create", "-f", "-"}, kTask);
  EXPECT_EQ(again.code, 1);
  EXPECT_EQ(again.err, "error: standard input:1: tasks.noizy.dev \"a\" already exists\n");
  EXPECT_EQ(grid_.Run({"create", "namespace", "x"}).out, "namespace/x created\n");
  EXPECT_EQ(grid_.Run({"create", "namespace"}).code, 2);
  EXPECT_EQ(grid_.Run({"create", "gadget", "x"}).code, 2);
}

TEST_F(CreateReplace, CreatesWhatHasNoName) {
  const std::string nameless = "apiVersion: v1\nkind: ConfigMap\n";
  EXPECT_EQ(grid_.Run({"create", "-f", "-", "--dry-run=client"}, nameless).out,
            "configmap/<unknown> created (dry run)\n");
  const FakeGrid::Outcome replaced = grid_.Run({"replace", "-f", "-"}, nameless);
  EXPECT_EQ(replaced.code, 1);
  EXPECT_EQ(replaced.err,
            "error: standard input:1: metadata.name is missing: give the object a name\n");
}

TEST_F(CreateReplace, PrintsWhatItMade) {
  EXPECT_EQ(grid_.Run({"create", "-f", "-", "--dry-run=client", "-o", "name"}, kTask).out,
            "task.noizy.dev/a\n");
  const Value shown = Yaml(grid_.Run({"create", "-f", "-", "-o", "yaml"}, kTask).out);
  EXPECT_EQ(StringAt(shown, {"metadata", "namespace"}), "default");
  EXPECT_FALSE(StringAt(shown, {"metadata", "uid"}).empty());
}

TEST_F(CreateReplace, ReplacesWhatIsThere) {
  const FakeGrid::Outcome missing = grid_.Run({"replace", "-f", "-"}, kTask);
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "error: standard input:1: tasks.noizy.dev \"a\" not found\n");
  grid_.PutTask("a", "spec: {type: script, nodeName: m1}");
  EXPECT_EQ(grid_.Run({"replace", "-f", "-"}, kTask).out, "task.noizy.dev/a replaced\n");
  EXPECT_EQ(ToJson(*Find(grid_.Task("a"), {"spec"})), R"({"type":"exec"})");
  const std::string stale =
      "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: a, resourceVersion: '1'}\n";
  const FakeGrid::Outcome conflict = grid_.Run({"replace", "-f", "-"}, stale);
  EXPECT_EQ(conflict.code, 1);
  EXPECT_NE(conflict.err.find("read it again and repeat the change"), std::string::npos);
}

TEST_F(CreateReplace, GoesOnAfterAFailure) {
  grid_.PutTask("a");
  const FakeGrid::Outcome some =
      grid_.Run({"create", "-f", "-"},
                std::string(kTask) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n");
  EXPECT_EQ(some.code, 1);
  EXPECT_EQ(some.out, "configmap/m created\n");
}

}  // namespace
}  // namespace noizy::cli
