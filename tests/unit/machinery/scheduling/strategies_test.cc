#include "machinery/scheduling/strategies.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

double Score(std::string_view strategy, const TaskView& task, const NodeView& node,
             const Usage& usage = {}) {
  return StrategyNamed(strategy)->score({task, node, usage, {}, 0, 0});
}

Usage Used(Resources requested, std::int64_t tasks = 0) {
  return {std::move(requested), tasks, 0};
}

TEST(LeastLoaded, FallsWithWhatIsRequestedAndWithTasks) {
  const TaskView task = TaskNamed("t");
  const NodeView node = NodeNamed("n");
  const auto score = [&](const Usage& usage) { return Score("LeastLoaded", task, node, usage); };
  EXPECT_GT(score({}), score(Used({{"cpu", 2 * kCore}})));
  EXPECT_GT(score(Used({{"cpu", 2 * kCore}})),
            score(Used({{"cpu", 4 * kCore}, {"memory", 8 * kGi}})));
  EXPECT_GT(score({}), score(Used({}, 3)));
}

TEST(LeastLoaded, PrefersTheLargerOfTwoIdleNodes) {
  const TaskView task = TaskNamed("t", 1);
  EXPECT_GT(Score("LeastLoaded", task, NodeNamed("n", 24)),
            Score("LeastLoaded", task, NodeNamed("m")));
}

TEST(LeastLoaded, IsBetweenZeroAndAHundred) {
  NodeView nothing = NodeNamed("n");
  nothing.allocatable.clear();
  EXPECT_NEAR(Score("LeastLoaded", TaskNamed("t"), nothing, Used({}, 1'000'000)), 0, 0.1);
  EXPECT_LT(Score("LeastLoaded", TaskNamed("t"), NodeNamed("n")), 100);
}

TEST(BinPack, IsTheOppositeOfLeastLoaded) {
  const TaskView task = TaskNamed("t", 1);
  const NodeView node = NodeNamed("n");
  const Usage half = Used({{"cpu", 2 * kCore}}, 2);
  EXPECT_GT(Score("BinPack", task, node, half), Score("BinPack", task, node));
  EXPECT_DOUBLE_EQ(Score("BinPack", task, node, half) + Score("LeastLoaded", task, node, half),
                   100);
}

TEST(Spread, CountsTasksAlikeBeforeLoad) {
  const TaskView task = TaskNamed("t");
  const NodeView node = NodeNamed("n");
  const Usage busy = Used({{"cpu", 4 * kCore}}, 9);
  const Usage idle;
  const auto score = [&](const Usage& usage, std::int64_t alike) {
    return StrategyNamed("Spread")->score({task, node, usage, {}, alike, 0});
  };
  EXPECT_GT(score(busy, 0), score(idle, 1));
  EXPECT_GT(score(idle, 1), score(busy, 1));
}

TEST(RoundRobin, WhoeverWasLongestWithoutATurn) {
  const auto score = [](std::uint64_t turn) {
    const Usage usage;
    return StrategyNamed("RoundRobin")->score({TaskNamed("t"), NodeNamed("n"), usage, {}, 0, turn});
  };
  EXPECT_GT(score(0), score(1));
  EXPECT_GT(score(1), score(2));
}

double Predicted(const TaskView& task, const NodeView& node, double seconds,
                 const Usage& usage = {}) {
  return PredictedSeconds({task, node, usage, {seconds, Estimate::Source::kSeenHere}, 0, 0});
}

TEST(FastestFinish, AnInferenceWaitsBehindWhatItsServerHas) {
  TaskView task = TaskNamed("t");
  task.model = "m";
  NodeView node = NodeNamed("n");
  const double alone = Predicted(task, node, 10);
  node.model_requests = 4;
  EXPECT_NEAR(Predicted(task, node, 10), 5 * alone, 0.01) << "four before it";
  Usage usage;
  usage.inferences = 4;
  EXPECT_NEAR(Predicted(task, node, 10, usage), 5 * alone, 0.01) << "the grid's own are among them";
  usage.inferences = 6;
  EXPECT_NEAR(Predicted(task, node, 10, usage), 7 * alone, 0.01) << "two that it has not told of";
  task.model.clear();
  EXPECT_NEAR(Predicted(task, node, 10), alone, 0.01) << "no business of other Tasks";
}

TEST(FastestFinish, AddsDataAndSlowsDownWithLoad) {
  TaskView task = TaskNamed("t", 1);
  const NodeView node = NodeNamed("n");
  EXPECT_NEAR(Predicted(task, node, 100), 101.25, 0.01);
  Usage usage;
  usage.busy = 7 * kCore;
  EXPECT_NEAR(Predicted(task, node, 100, usage), 210, 0.01) << "two for each core";
  task.data_bytes = 1'170'000'000;
  EXPECT_NEAR(Predicted(task, node, 100), 111.25, 0.01);
  task.data_node = "n";
  EXPECT_NEAR(Predicted(task, node, 100), 101.25, 0.01) << "it is there already";
}

TEST(FastestFinish, SoonerIsBetterHoweverLong) {
  double before = ScoreOfSeconds(0);
  EXPECT_DOUBLE_EQ(before, 100);
  for (double seconds = 0.001; seconds < 1e7; seconds *= 1.05) {
    EXPECT_LT(ScoreOfSeconds(seconds), before);
    before = ScoreOfSeconds(seconds);
  }
}

TEST(Preferences, OutweighLoadByTheirShare) {
  TaskView task = TaskNamed("t");
  task.preferences = {{75, {Selector({In("disk", {"ssd"})}), {}}},
                      {25, {Selector({In("zone", {"a"})}), {}}}};
  NodeView node = NodeNamed("n");
  EXPECT_DOUBLE_EQ(Preferences(task, node), 0);
  node.labels = {{"disk", "ssd"}};
  EXPECT_DOUBLE_EQ(Preferences(task, node), 150);
  node.labels = {{"zone", "a"}};
  EXPECT_DOUBLE_EQ(Preferences(task, node), 50);
}

TEST(Preferences, AvoidPreferNoScheduleUnlessTolerated) {
  TaskView task = TaskNamed("t");
  NodeView tainted = NodeNamed("n");
  tainted.taints = {{"noisy", "", TaintEffect::kPreferNoSchedule},
                    {"gpu", "", TaintEffect::kNoSchedule}};
  EXPECT_DOUBLE_EQ(Preferences(task, tainted), -300);
  task.tolerations = {{"noisy", Toleration::Operator::kExists, "", {}}};
  EXPECT_DOUBLE_EQ(Preferences(task, tainted), 0);
}

TEST(Preferences, ANodeThatFailedTheTaskComesLast) {
  TaskView task = TaskNamed("t");
  task.avoids = "n";
  EXPECT_LT(Preferences(task, NodeNamed("n")), -500);
  EXPECT_DOUBLE_EQ(Preferences(task, NodeNamed("m")), 0);
}

TEST(Strategies, AreFoundByTheirNames) {
  for (const Strategy& strategy : Strategies()) EXPECT_EQ(StrategyNamed(strategy.name), &strategy);
  EXPECT_EQ(StrategyNamed("AI"), nullptr);
  EXPECT_EQ(StrategyNamed(""), nullptr);
}

}  // namespace
}  // namespace noizy::scheduling
