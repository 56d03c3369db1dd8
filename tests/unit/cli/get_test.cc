#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Get : public CliTest {
 protected:
  void SetUp() override {
    grid_.PutTask("a",
                  "metadata: {labels: {x: '1'}}\nspec: {type: exec}\nstatus: {phase: Running}");
    grid_.PutTask("bb", "status: {phase: Failed}");
    grid_.PutTask("c", "metadata: {namespace: other}");
  }
  std::string Out(const std::vector<std::string>& arguments) {
    FakeGrid::Outcome outcome = grid_.Run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  }
};

TEST_F(Get, PrintsTables) {
  const char* const kBoth = "NAME   PHASE\na      Running\nbb     Failed\n";
  for (const char* word : {"tasks", "task", "Tasks", "tasks.noizy.dev", "tasks.v1.noizy.dev"}) {
    EXPECT_EQ(Out({"get", word}), kBoth) << word;
  }
  EXPECT_EQ(Out({"get", "task", "bb", "a"}), "NAME   PHASE\nbb     Failed\na      Running\n");
  EXPECT_EQ(Out({"get", "task/bb"}), "NAME   PHASE\nbb     Failed\n");
  EXPECT_EQ(Out({"get", "tasks", "-o", "wide", "-l", "x=1"}),
            "NAME   PHASE     TYPE\na      Running   exec\n");
  EXPECT_EQ(Out({"get", "tasks", "--field-selector", "status.phase=Failed", "--no-headers"}),
            "bb    Failed\n");
  EXPECT_EQ(Out({"get", "tasks", "-A"}),
            "NAMESPACE   NAME   PHASE\ndefault     a      Running\ndefault     bb     "
            "Failed\nother       c      \n");
  EXPECT_EQ(Out({"get", "tasks", "-n", "other"}), "NAME   PHASE\nc      \n");
}

TEST_F(Get, SeparatesKinds) {
  grid_.api_.Put(Yaml("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: default}"));
  const std::string expected =
      "NAME          PHASE\nconfigmap/m   \n\n"
      "NAME                PHASE\ntask.noizy.dev/a    Running\ntask.noizy.dev/bb   Failed\n";
  EXPECT_EQ(Out({"get", "all"}), expected);
  EXPECT_EQ(Out({"get", "cm,tasks"}), expected);
}

TEST_F(Get, PrintsObjects) {
  EXPECT_EQ(Out({"get", "task", "a", "-o", "jsonpath={.metadata.name}"}), "a");
  EXPECT_EQ(Out({"get", "tasks", "-o", "jsonpath={.items[*].metadata.name}"}), "a bb");
  EXPECT_EQ(Out({"get", "tasks", "-o", "name"}), "task.noizy.dev/a\ntask.noizy.dev/bb\n");
  EXPECT_EQ(Out({"get", "tasks", "-o", "custom-columns=N:.metadata.name,P:.status.phase"}),
            "N     P\na     Running\nbb    Failed\n");
  const Value list = *ParseJson(Out({"get", "tasks", "-o", "json"}));
  EXPECT_EQ(StringAt(list, {"kind"}), "List");
  EXPECT_EQ(ArrayAt(list, {"items"})->size(), 2U);
  EXPECT_EQ(StringAt(Yaml(Out({"get", "task/a", "-o", "yaml"})), {"kind"}), "Task");
}

TEST_F(Get, SortsByAField) {
  grid_.PutTask("aa", "spec: {priority: 10}\nstatus: {phase: Other}");
  grid_.Progress("bb", "phase: Alpha");
  EXPECT_EQ(Out({"get", "tasks", "--sort-by=.status.phase", "-o", "name"}),
            "task.noizy.dev/bb\ntask.noizy.dev/aa\ntask.noizy.dev/a\n");
  EXPECT_EQ(Out({"get", "tasks", "--sort-by={.status.phase}", "--no-headers"}),
            "bb    Alpha\naa    Other\na     Running\n");
  EXPECT_EQ(grid_.Run({"get", "tasks", "--sort-by=.status.phase", "-w"}).code, 2);
  EXPECT_EQ(grid_.Run({"get", "tasks", "--sort-by={.a"}).code, 1);
}

TEST_F(Get, ReadsASubresourceOfWhatHasAName) {
  EXPECT_EQ(Out({"get", "task", "a", "--subresource=status", "-o", "jsonpath={.status.phase}"}),
            "Running");
  EXPECT_EQ(grid_.Run({"get", "tasks", "--subresource=status"}).code, 2);
  EXPECT_EQ(grid_.Run({"get", "task", "a", "--subresource=status", "-w"}).code, 2);
}

TEST_F(Get, SaysWhatIsNotThere) {
  const FakeGrid::Outcome missing = grid_.Run({"get", "task", "none", "a"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_EQ(missing.err, "error: tasks.noizy.dev \"none\" not found\n");
  EXPECT_EQ(missing.out, "NAME   PHASE\na      Running\n");
  EXPECT_EQ(Out({"get", "task", "none", "--ignore-not-found"}), "");
  EXPECT_EQ(Out({"get", "task", "none", "--ignore-not-found", "-o", "json"}), "");
  EXPECT_EQ(grid_.Run({"get", "tasks", "-n", "empty"}).err,
            "No resources found in empty namespace.\n");
  EXPECT_EQ(grid_.Run({"get", "nodes"}).err, "No resources found.\n");
}

TEST_F(Get, ReadsTheNamespaceFromTheContext) {
  EXPECT_EQ(grid_.Run({"get", "tasks", "--context", "other"}).err,
            "No resources found in elsewhere namespace.\n");
  EXPECT_EQ(grid_.connected_.bearer_token, "t");
  EXPECT_EQ(grid_.connected_.user_agent, "noizy/1.2.3");
}

TEST_F(Get, NamesTheObjectsOfFiles) {
  EXPECT_EQ(
      grid_.Run({"get", "-f", "-"}, "apiVersion: noizy.dev/v1\nkind: Task\nmetadata: {name: bb}")
          .out,
      "NAME   PHASE\nbb     Failed\n");
}

TEST_F(Get, FollowsChangesUntilTheServerRefuses) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) grid_.Progress("a", "phase: Succeeded");
    if (streams == 2) grid_.api_.Erase({"noizy.dev", "v1", "tasks", true}, {"default", "bb"});
    if (streams == 3) grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("enough"); });
  });
  const FakeGrid::Outcome watched = grid_.Run({"get", "tasks", "-w", "--output-watch-events"});
  EXPECT_EQ(watched.code, 1);
  EXPECT_EQ(watched.out,
            "EVENT   NAME   PHASE\nADDED   a      Running\nADDED   bb     Failed\n"
            "MODIFIED   a      Succeeded\nDELETED    bb     Failed\n");
  EXPECT_EQ(watched.err, "error: enough\n");
}

TEST_F(Get, BeginsAgainWhenTheHistoryIsGone) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) {
      grid_.Progress("a", "phase: Succeeded");
      grid_.api_.Compact();
    }
    if (streams == 2) grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("enough"); });
  });
  EXPECT_EQ(grid_.Run({"get", "task", "a", "-w", "--no-headers"}).out,
            "a     Running\na     Succeeded\n");
}

TEST_F(Get, FollowsOneObjectOnly) {
  int streams = 0;
  grid_.OnStream([&](const HttpRequest&) {
    if (++streams == 1) grid_.Progress("bb", "phase: Other");
    if (streams == 2) grid_.Progress("a", "phase: Succeeded");
    if (streams == 3) grid_.api_.SetFault([](const HttpRequest&) { return Forbidden("enough"); });
  });
  EXPECT_EQ(grid_.Run({"get", "task", "a", "-w", "-o", "jsonpath={.status.phase},"}).out,
            "Running,Succeeded,");
  EXPECT_EQ(grid_.Run({"get", "tasks,nodes", "-w"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
