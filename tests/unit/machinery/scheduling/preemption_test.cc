#include "machinery/scheduling/preemption.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

class PreemptionTest : public ::testing::Test {
 protected:
  void Runs(const std::string& name, const std::string& node, std::int64_t cores,
            std::int64_t priority, bool pinned = false) {
    TaskView task = On(TaskNamed(name, cores), node);
    task.priority = priority;
    task.pinned = pinned;
    task.started = kNow - std::chrono::minutes(1);
    grid_.SetTask(task);
  }
  /// "node: victims" of a Task of priority 10 that wants so many cores.
  std::string Cheapest(std::int64_t cores) {
    TaskView task = TaskNamed("t", cores);
    task.priority = 10;
    grid_.SetTask(task);
    const auto found = CheapestPreemption(grid_, *grid_.Find(task.key), kNow);
    if (!found) return "none";
    std::string text = grid_.nodes()[found->node].view.name + ":";
    for (const TaskSlot* victim : found->victims) text += " " + victim->view.key.name;
    return text;
  }
  Grid grid_;
};

TEST_F(PreemptionTest, TheLeastImportantThenTheFewest) {
  for (const char* name : {"a", "b", "c"}) grid_.SetNode(NodeNamed(name));
  Runs("a1", "a", 4, 5);
  Runs("b1", "b", 2, 3);
  Runs("b2", "b", 2, 3);
  Runs("c1", "c", 4, 3);
  EXPECT_EQ(Cheapest(4), "c: c1");
  EXPECT_EQ(Cheapest(2), "b: b1");
}

TEST_F(PreemptionTest, EqualsAndPinnedStay) {
  grid_.SetNode(NodeNamed("a"));
  Runs("equal", "a", 2, 10);
  Runs("pinned", "a", 2, 0, true);
  EXPECT_EQ(Cheapest(1), "none");
}

TEST_F(PreemptionTest, WhoNeedNotGoStays) {
  grid_.SetNode(NodeNamed("a", 8));
  Runs("small", "a", 2, 1);
  Runs("large", "a", 6, 2);
  EXPECT_EQ(Cheapest(6), "a: large") << "the small one alone is not enough, and then not needed";
}

TEST_F(PreemptionTest, ANodeThatCouldNotRunItAnywayIsLeftAlone) {
  NodeView off = NodeNamed("a");
  off.unschedulable = true;
  grid_.SetNode(off);
  Runs("low", "a", 4, 0);
  EXPECT_EQ(Cheapest(1), "none");
}

}  // namespace
}  // namespace noizy::scheduling
