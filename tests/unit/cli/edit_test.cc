#include <gtest/gtest.h>

#include "machinery/os/files.h"
#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class EditCommand : public CliTest {
 protected:
  void SetUp() override {
    grid_.variables_["TMPDIR"] = testing::TempDir();
    grid_.PutTask("a", "spec: {type: exec}");
  }
  /// A person who replaces a text by another, and what was on the screen.
  void Replaces(std::string from, std::string to) {
    grid_.edit_ = [=, this](const std::string& path) {
      path_ = path;
      std::string text = *ReadFile(path);
      screens_.push_back(text);
      const std::size_t at = text.find(from);
      if (!from.empty() && at != std::string::npos) text.replace(at, from.size(), to);
      return WriteFileAtomically(path, text, Durability::kAtomic);
    };
  }

  std::string path_;
  std::vector<std::string> screens_;
};

TEST_F(EditCommand, SendsWhatWasChanged) {
  Replaces("type: exec", "type: script");
  const auto told = grid_.Run({"edit", "task", "a"});
  EXPECT_EQ(told.out, "task.noizy.dev/a edited\n") << told.err;
  EXPECT_EQ(StringAt(grid_.Task("a"), {"spec", "type"}), "script");
  EXPECT_TRUE(screens_.at(0).starts_with("# Change the object"));
  EXPECT_FALSE(FileExists(path_));
}

TEST_F(EditCommand, NoChangeAndAnEmptyFileCancel) {
  Replaces("", "");
  EXPECT_EQ(grid_.Run({"edit", "task/a"}).err, "Edit cancelled, no changes made.\n");
  grid_.edit_ = [](const std::string& path) {
    return WriteFileAtomically(path, "# nothing\n", Durability::kAtomic);
  };
  EXPECT_EQ(grid_.Run({"edit", "task/a"}).err, "Edit cancelled, saved file was empty.\n");
}

TEST_F(EditCommand, AMistakeIsShownAgainAndKeptWhenGivenUp) {
  Replaces("type: exec", "type: [exec");
  const auto told = grid_.Run({"edit", "task", "a"});
  EXPECT_EQ(told.code, 1);
  EXPECT_NE(told.err.find("your text is in " + path_), std::string::npos) << told.err;
  ASSERT_EQ(screens_.size(), 2U);
  EXPECT_NE(screens_[1].find("# line "), std::string::npos) << screens_[1];
  EXPECT_NE(screens_[1].find("type: [exec"), std::string::npos);
  EXPECT_TRUE(FileExists(path_));
  ASSERT_TRUE(RemoveTree(path_).ok());
}

TEST_F(EditCommand, SaysWhatIsWrong) {
  Replaces("", "");
  EXPECT_EQ(grid_.Run({"edit", "task", "none"}).err, "error: tasks.noizy.dev \"none\" not found\n");
  EXPECT_EQ(grid_.Run({"edit", "tasks"}).code, 2);
  EXPECT_EQ(grid_.Run({"edit", "task", "a", "--dry-run=client"}).code, 2);
  grid_.edit_ = [](const std::string&) { return BadRequest("the editor failed"); };
  EXPECT_EQ(grid_.Run({"edit", "task", "a"}).err, "error: the editor failed\n");
}

}  // namespace
}  // namespace noizy::cli
