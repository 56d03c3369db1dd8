#include "cli/targets.h"

#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kFilenameFlag,      kRecursiveFlag,
                           kSelectorFlag,      kFieldSelectorFlag,
                           kAllNamespacesFlag, {"all", 0, FlagKind::kSwitch, "", "all"}};

class Targets : public CliTest {
 protected:
  using Read = Result<std::vector<Target>> (*)(Invocation&);

  /// "ns/task.noizy.dev/name" each; or the error.
  std::string Of(Read read, const std::vector<std::string>& arguments) {
    std::string text;
    grid_.Invoke(kFlags, arguments, [&](Invocation& invocation) {
      const Result<std::vector<Target>> targets = read(invocation);
      if (!targets.ok()) {
        text =
            (IsWrongUsage(targets.status()) ? "usage: " : "error: ") + targets.status().message();
        return;
      }
      for (const Target& target : *targets)
        text += (text.empty() ? "" : " ") + target.ns + "/" + target.Shown();
    });
    return text;
  }
  std::string Named(const std::vector<std::string>& arguments) {
    return Of(NamedTargets, arguments);
  }
  std::string Selected(const std::vector<std::string>& arguments) {
    return Of(SelectedTargets, arguments);
  }
};

TEST_F(Targets, AreNamedByWords) {
  EXPECT_EQ(Named({"tasks"}), "default/task.noizy.dev/");
  EXPECT_EQ(Named({"task", "a", "b", "-n", "x"}), "x/task.noizy.dev/a x/task.noizy.dev/b");
  EXPECT_EQ(Named({"task/a", "node/m"}), "default/task.noizy.dev/a /node.noizy.dev/m");
  EXPECT_EQ(Named({"tasks,nodes", "a"}), "default/task.noizy.dev/a /node.noizy.dev/a");
  EXPECT_EQ(Named({"tasks", "-A"}), "/task.noizy.dev/");
}

TEST_F(Targets, WordsMustAgree) {
  EXPECT_EQ(Named({}), "usage: say which objects: TYPE NAME, TYPE/NAME or -f FILE");
  EXPECT_EQ(Named({"task", "-f", "x"}), "usage: name objects by words or by -f, not by both");
  for (const char* word : {"b", "/b", "task/"}) {
    EXPECT_EQ(Named({"task/a", word}), "usage: \"" + std::string(word) +
                                           "\" is no TYPE/NAME: once one word is, all must be");
  }
  EXPECT_EQ(Named({"gadget/a"}).substr(0, 6), "error:");
}

TEST_F(Targets, AreSelected) {
  grid_.PutTask("a", "metadata: {labels: {x: '1'}}\nstatus: {phase: Failed}");
  grid_.PutTask("b", "metadata: {namespace: other, labels: {x: '1'}}");
  EXPECT_EQ(Selected({"tasks", "-l", "x=1"}), "default/task.noizy.dev/a");
  EXPECT_EQ(Selected({"tasks", "-l", "x=1", "-A"}),
            "default/task.noizy.dev/a other/task.noizy.dev/b");
  EXPECT_EQ(Selected({"tasks", "--field-selector=status.phase=Failed", "-A"}),
            "default/task.noizy.dev/a");
  EXPECT_EQ(Selected({"tasks", "--all"}), "default/task.noizy.dev/a");
  EXPECT_EQ(Selected({"tasks", "-l", "x=2"}), "");
  EXPECT_EQ(Selected({"task", "named"}), "default/task.noizy.dev/named");
  EXPECT_EQ(Selected({"tasks"}),
            "usage: which tasks? Give names, a selector (-l, --field-selector) or --all");
  EXPECT_EQ(Selected({"task", "a", "--all"}), "usage: give names or a selector, not both");
}

}  // namespace
}  // namespace noizy::cli
