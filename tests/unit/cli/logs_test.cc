#include <gtest/gtest.h>

#include "tests/unit/cli/fake_grid.h"

namespace noizy::cli {
namespace {

class Logs : public CliTest {
 protected:
  void SetUp() override {
    grid_.logs_[{"a", 1}] = "one\ntwo\n";
    grid_.logs_[{"a", 2}] = "again\n";
  }
};

TEST_F(Logs, PrintsWhatTheServerSends) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"a"}, {"task/a"}, {"tasks", "a"}}) {
    std::vector<std::string> arguments = words;
    arguments.insert(arguments.begin(), "logs");
    const FakeGrid::Outcome logs = grid_.Run(arguments);
    EXPECT_EQ(logs.code, 0) << logs.err;
    EXPECT_EQ(logs.out, "one\ntwo\n");
    EXPECT_EQ(grid_.last_log_query_, "");
  }
}

TEST_F(Logs, AsksForWhatTheFlagsSay) {
  EXPECT_EQ(grid_
                .Run({"logs", "-f", "a", "--tail=5", "--since", "1m500ms", "--timestamps",
                      "--attempt", "2"})
                .out,
            "again\n");
  EXPECT_EQ(grid_.last_log_query_,
            "follow=true&timestamps=true&tailLines=5&sinceSeconds=60&attempt=2");
  grid_.Run({"logs", "a", "--tail=-1"});
  EXPECT_EQ(grid_.last_log_query_, "");
}

TEST_F(Logs, TellsTheServersRefusal) {
  const FakeGrid::Outcome none = grid_.Run({"logs", "none"});
  EXPECT_EQ(none.code, 1);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(none.err, "error: no log\n");
  EXPECT_EQ(grid_.Run({"logs", "a", "b", "c"}).code, 2);
}

}  // namespace
}  // namespace noizy::cli
