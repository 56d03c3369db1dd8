#include "machinery/scheduling/grid.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

class GridTest : public ::testing::Test {
 protected:
  GridTest() { grid_.SetNode(NodeNamed("n")); }
  const NodeSlot& Node() { return *grid_.FindNode("n"); }
  TaskClass& ClassOf(const std::string& task) { return *grid_.Find({"default", task})->task_class; }
  Grid grid_;
};

TEST_F(GridTest, CountsWhatANodeHasGivenAway) {
  grid_.SetTask(On(TaskNamed("a", 2), "n"));
  grid_.SetTask(On(TaskNamed("b"), "n"));
  EXPECT_EQ(Node().usage.requested, (Resources{{"cpu", 2 * kCore}}));
  EXPECT_EQ(Node().usage.tasks, 2);
  EXPECT_EQ(Node().usage.busy, 3 * kCore) << "a core for the one that asks for none";
  grid_.RemoveTask({"default", "a"});
  grid_.RemoveTask({"default", "b"});
  EXPECT_EQ(Node().usage.requested, Resources());
  EXPECT_EQ(Node().usage.busy, 0);
}

TEST_F(GridTest, WhatSaysNothingNewChangesNothing) {
  grid_.SetTask(On(TaskNamed("a", 2), "n"));
  grid_.ForgetNews();
  const auto revision = Node().revision;
  grid_.SetNode(NodeNamed("n"));
  TaskView started = On(TaskNamed("a", 2), "n");
  started.started = kNow;
  grid_.SetTask(started);
  EXPECT_EQ(Node().revision, revision);
  EXPECT_FALSE(grid_.HasNews());
  EXPECT_EQ(grid_.Find(started.key)->view.started, kNow);
}

TEST_F(GridTest, ARowHoldsUntilItsNodeChanges) {
  grid_.SetTask(TaskNamed("t", 3));
  EXPECT_EQ(grid_.Look(ClassOf("t"), 0).verdict, kFits);
  const double score = grid_.Look(ClassOf("t"), 0).score;
  grid_.SetTask(On(TaskNamed("a", 1), "n"));
  EXPECT_EQ(grid_.Look(ClassOf("t"), 0).verdict, kFits);
  EXPECT_LT(grid_.Look(ClassOf("t"), 0).score, score);
  grid_.SetTask(On(TaskNamed("b", 1), "n"));
  const Verdict full = grid_.Look(ClassOf("t"), 0).verdict;
  ASSERT_NE(full, kFits);
  EXPECT_EQ(Filters()[full].name, "Room");
  EXPECT_EQ(grid_.WhyNot(ClassOf("t"), 0), "had insufficient cpu");
}

TEST_F(GridTest, TasksAlikeShareAClassThatGoesWithTheLast) {
  grid_.SetTask(TaskNamed("a", 1));
  grid_.SetTask(TaskNamed("b", 1));
  grid_.SetTask(TaskNamed("c", 2));
  EXPECT_EQ(&ClassOf("a"), &ClassOf("b"));
  EXPECT_NE(&ClassOf("a"), &ClassOf("c"));
  EXPECT_EQ(grid_.waiting_count(), 3U);
  for (const char* name : {"a", "b", "c"}) grid_.RemoveTask({"default", name});
  EXPECT_EQ(grid_.waiting_count(), 0U);
  EXPECT_EQ(grid_.FirstClass(), nullptr);
}

TEST_F(GridTest, PromisesLastUntilTheyAreLifted) {
  grid_.Promise(TaskNamed("later", 3), 0, 10);
  EXPECT_EQ(Node().usage.requested, (Resources{{"cpu", 3 * kCore}}));
  EXPECT_EQ(grid_.LiftPromises(), std::set<NodeIndex>{0});
  EXPECT_EQ(Node().usage.requested, Resources());
  EXPECT_TRUE(grid_.LiftPromises().empty());
}

TEST_F(GridTest, AnIndexIsUsedAgainWithoutOldVerdicts) {
  grid_.SetTask(TaskNamed("t", 3));
  EXPECT_EQ(grid_.Look(ClassOf("t"), 0).verdict, kFits);
  grid_.RemoveNode("n");
  EXPECT_EQ(grid_.node_count(), 0U);
  grid_.SetNode(NodeNamed("m", 1));
  EXPECT_NE(grid_.Look(ClassOf("t"), 0).verdict, kFits);
}

}  // namespace
}  // namespace noizy::scheduling
