#include "controllers/scheduler/score.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/controllers/scheduler/grid.h"

namespace noizy::scheduler {
namespace {

TEST(Score, FallsWithWhatIsRequested) {
  const TaskView task = TaskNamed("t");
  const NodeView idle = NodeNamed("n");
  NodeView busy = idle;
  busy.requested = {{"cpu", 2 * kCore}};
  EXPECT_GT(Score(task, idle), Score(task, busy));
  NodeView full = idle;
  full.requested = {{"memory", 8 * kGi}, {"cpu", 4 * kCore}};
  EXPECT_GT(Score(task, busy), Score(task, full));
}

TEST(Score, FallsWithTasksThatAskForNothing) {
  const TaskView task = TaskNamed("t");
  const NodeView idle = NodeNamed("n");
  NodeView crowded = idle;
  crowded.tasks = 3;
  EXPECT_GT(Score(task, idle), Score(task, crowded));
}

TEST(Score, PrefersTheLargerOfTwoIdleNodes) {
  TaskView task = TaskNamed("t");
  task.requests = {{"cpu", kCore}};
  NodeView large = NodeNamed("n");
  large.allocatable["cpu"] = 24 * kCore;
  EXPECT_GT(Score(task, large), Score(task, NodeNamed("m")));
}

TEST(Score, IsBetweenZeroAndAHundredWithoutPreferences) {
  NodeView nothing = NodeNamed("n");
  nothing.allocatable.clear();
  nothing.tasks = 1000000;
  EXPECT_NEAR(Score(TaskNamed("t"), nothing), 0, 0.1);
  EXPECT_LT(Score(TaskNamed("t"), NodeNamed("n")), 100);
}

TEST(Score, PreferencesOutweighLoadByTheirShare) {
  TaskView task = TaskNamed("t");
  task.preferences = {{75, {Selector({In("disk", {"ssd"})}), {}}},
                      {25, {Selector({In("zone", {"a"})}), {}}}};
  NodeView plain = NodeNamed("n");
  NodeView ssd = plain;
  ssd.labels = {{"disk", "ssd"}};
  NodeView zone = plain;
  zone.labels = {{"zone", "a"}};
  EXPECT_DOUBLE_EQ(Score(task, ssd) - Score(task, plain), 150);
  EXPECT_DOUBLE_EQ(Score(task, zone) - Score(task, plain), 50);
}

TEST(Score, AvoidsPreferNoScheduleUnlessTolerated) {
  TaskView task = TaskNamed("t");
  NodeView tainted = NodeNamed("n");
  tainted.taints = {{"noisy", "", TaintEffect::kPreferNoSchedule},
                    {"gpu", "", TaintEffect::kNoSchedule}};
  EXPECT_DOUBLE_EQ(Score(task, NodeNamed("n")) - Score(task, tainted), 300);
  task.tolerations = {{"noisy", Toleration::Operator::kExists, "", {}}};
  EXPECT_DOUBLE_EQ(Score(task, NodeNamed("n")), Score(task, tainted));
}

TEST(TieBreak, SpreadsTasksEvenlyAndAlwaysTheSame) {
  std::map<std::string, int> wins;
  for (int i = 0; i < 3000; ++i) {
    const std::string task = "default/task-" + std::to_string(i);
    EXPECT_EQ(TieBreak(task, "a"), TieBreak(task, "a"));
    std::string best = "a";
    for (const std::string node : {"b", "c"}) {
      if (TieBreak(task, node) > TieBreak(task, best)) best = node;
    }
    ++wins[best];
  }
  for (const auto& [node, count] : wins) EXPECT_NEAR(count, 1000, 120) << node;
  EXPECT_NE(TieBreak("a", "bc"), TieBreak("ab", "c"));
}

}  // namespace
}  // namespace noizy::scheduler
