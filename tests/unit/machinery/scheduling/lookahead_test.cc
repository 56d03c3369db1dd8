#include "machinery/scheduling/lookahead.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

class Lookahead : public ::testing::Test {
 protected:
  Lookahead() {
    grid_.SetNode(NodeNamed("n", 2));
    grid_.Learn(Wanting(1), "n", {100});
    grid_.SetTask(Wanting(1));
  }
  static TaskView Wanting(std::int64_t cores) {
    TaskView task = TaskNamed("t", cores);
    task.routing.strategies = {"FastestFinish"};
    return task;
  }
  void Runs(const std::string& name, int seconds_ago) {
    TaskView task = On(TaskNamed(name, 1), "n");
    task.started = kNow - std::chrono::seconds(seconds_ago);
    grid_.SetTask(task);
  }
  std::optional<Ahead> Find() {
    return FastestFullNode(grid_, *grid_.Find({"default", "t"})->task_class, kNow);
  }
  Grid grid_;
};

TEST_F(Lookahead, ANodeWithRoomIsNotWaitedFor) {
  Runs("a", 10);
  EXPECT_FALSE(Find());
}

TEST_F(Lookahead, TheFirstToEndMakesRoom) {
  Runs("a", 10);
  Runs("b", 30);
  ASSERT_TRUE(Find());
  EXPECT_DOUBLE_EQ(Find()->starts_in_seconds, 70);
  EXPECT_DOUBLE_EQ(Find()->ends_in_seconds, 170);
}

TEST_F(Lookahead, WhatTheTaskLikesLessIsNotWaitedFor) {
  Runs("a", 10);
  Runs("b", 30);
  EXPECT_TRUE(FastestFullNode(grid_, *grid_.Find({"default", "t"})->task_class, kNow, 0));
  EXPECT_FALSE(FastestFullNode(grid_, *grid_.Find({"default", "t"})->task_class, kNow, 1));
}

TEST_F(Lookahead, WhatIsOverdueMayEndAtAnyTime) {
  Runs("a", 10);
  Runs("b", 1000);
  EXPECT_DOUBLE_EQ(Find()->starts_in_seconds, 10);
}

TEST_F(Lookahead, PromisesComeFirst) {
  Runs("a", 10);
  Runs("b", 30);
  grid_.Promise(TaskNamed("first", 1), 0, 170);
  EXPECT_DOUBLE_EQ(Find()->starts_in_seconds, 90) << "after a: b's room is promised";
}

TEST_F(Lookahead, NothingIsSaidOfWhatIsUnknown) {
  Runs("a", 10);
  Runs("b", 10);
  ASSERT_TRUE(Find());
  for (std::size_t i = 0; i <= kMostNodesAhead; ++i)
    grid_.SetNode(NodeNamed("more" + std::to_string(i), 1));
  EXPECT_FALSE(Find()) << "a large grid does not wait";
}

}  // namespace
}  // namespace noizy::scheduling
