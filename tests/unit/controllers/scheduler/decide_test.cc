#include "controllers/scheduler/decide.h"

#include <gtest/gtest.h>

#include <charconv>
#include <set>

#include "controllers/scheduler/filter.h"
#include "tests/unit/controllers/scheduler/grid.h"

namespace noizy::scheduler {
namespace {

Plan DecideOn(std::vector<NodeView> nodes, std::vector<TaskView> tasks) {
  return Decide({FakeClock().Now(), std::move(nodes), std::move(tasks)});
}

TaskView Asking(std::string name, std::int64_t cores, std::int64_t priority = 0) {
  TaskView task = TaskNamed(std::move(name));
  task.requests = {{"cpu", cores * kCore}};
  task.priority = priority;
  return task;
}

/// "task→node" in the plan's order.
std::vector<std::string> Bound(const Plan& plan) {
  std::vector<std::string> bound;
  for (const Binding& binding : plan.bindings)
    bound.push_back(binding.task.name + "→" + binding.node);
  return bound;
}
using Names = std::vector<std::string>;

TEST(SchedulerDecide, TakesTheLeastLoadedNode) {
  NodeView busy = NodeNamed("busy");
  busy.tasks = 4;
  busy.requested = {{"cpu", 3 * kCore}};
  const Plan plan = DecideOn({busy, NodeNamed("idle")}, {TaskNamed("t")});
  EXPECT_EQ(Bound(plan), Names{"t→idle"});
  ASSERT_EQ(plan.bindings[0].candidates.size(), 2U);
  EXPECT_EQ(plan.bindings[0].candidates[0].node, "idle");
  EXPECT_GT(plan.bindings[0].candidates[0].score, plan.bindings[0].candidates[1].score);
  EXPECT_EQ(plan.bindings[0].reason, "the least loaded of 2 nodes that can run it");
}

TEST(SchedulerDecide, CountsItsOwnBindings) {
  const Plan plan = DecideOn({NodeNamed("n")}, {Asking("a", 3), Asking("b", 3)});
  EXPECT_EQ(Bound(plan), Names{"a→n"});
  ASSERT_EQ(plan.unschedulable.size(), 1U);
  EXPECT_EQ(plan.unschedulable[0].task.name, "b");
  EXPECT_EQ(plan.unschedulable[0].message,
            "0/1 nodes are available: 1 node(s) had insufficient cpu.");
}

TEST(SchedulerDecide, SpreadsEqualTasksOverEqualNodes) {
  const Plan plan = DecideOn({NodeNamed("a"), NodeNamed("b"), NodeNamed("c")},
                             {TaskNamed("1"), TaskNamed("2"), TaskNamed("3")});
  std::set<std::string> nodes;
  for (const Binding& binding : plan.bindings) nodes.insert(binding.node);
  EXPECT_EQ(nodes.size(), 3U);
}

TEST(SchedulerDecide, HigherPriorityGoesFirst) {
  EXPECT_EQ(Bound(DecideOn({NodeNamed("n")}, {Asking("low", 3), Asking("high", 3, 10)})),
            Names{"high→n"});
}

TEST(SchedulerDecide, OlderGoesFirstAmongEquals) {
  TaskView young = Asking("a", 3);
  young.created = "2026-01-01T00:00:01Z";
  EXPECT_EQ(Bound(DecideOn({NodeNamed("n")}, {young, Asking("b", 3)})), Names{"b→n"});
}

TEST(SchedulerDecide, AWaitingTaskHoldsUpNobody) {
  EXPECT_EQ(Bound(DecideOn({NodeNamed("n")}, {Asking("large", 9, 10), Asking("small", 1)})),
            Names{"small→n"});
}

TEST(SchedulerDecide, WaitsForTheEndOfABackoff) {
  TaskView later = TaskNamed("later");
  later.not_before = FakeClock().Now() + std::chrono::seconds(5);
  TaskView latest = later;
  latest.key.name = "latest";
  *latest.not_before += std::chrono::seconds(5);
  TaskView due = TaskNamed("due");
  due.not_before = FakeClock().Now();
  const Plan plan = DecideOn({NodeNamed("n")}, {latest, later, due});
  EXPECT_EQ(Bound(plan), Names{"due→n"});
  EXPECT_TRUE(plan.unschedulable.empty());
  EXPECT_EQ(plan.look_again, later.not_before);
}

TEST(SchedulerDecide, KeepsAFewCandidates) {
  std::vector<NodeView> nodes;
  for (int i = 0; i < 40; ++i) nodes.push_back(NodeNamed("n" + std::to_string(i)));
  const Plan plan = DecideOn(nodes, {TaskNamed("t")});
  EXPECT_EQ(plan.bindings[0].candidates.size(), kMaxCandidates);
  EXPECT_EQ(plan.bindings[0].candidates[0].node, plan.bindings[0].node);
}

/// The sum of the counts in a message: "0/7 nodes are available: 3 node(s) …, 4 ….".
std::size_t CountsIn(const std::string& message) {
  std::size_t sum = 0;
  for (std::size_t at = message.find(": "); at < message.size(); at = message.find(", ", at + 1)) {
    std::size_t count = 0;
    const auto read =
        std::from_chars(message.data() + at + 2, message.data() + message.size(), count);
    if (read.ec == std::errc()) sum += count;
  }
  return sum;
}

void ForEachSeed(const std::function<void(Snapshot)>& check) {
  for (std::uint64_t seed = 1; seed <= 300 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(RandomGrid(seed).Make());
  }
}

TEST(RandomGrids, EveryTaskIsBoundOrExplained) {
  ForEachSeed([](Snapshot snapshot) {
    const Plan plan = Decide(snapshot);
    EXPECT_EQ(plan.bindings.size() + plan.unschedulable.size(), snapshot.tasks.size());
    for (const Unschedulable& task : plan.unschedulable) {
      EXPECT_TRUE(task.message.starts_with("0/" + std::to_string(snapshot.nodes.size()) + " nodes"))
          << task.message;
      EXPECT_EQ(CountsIn(task.message), snapshot.nodes.size()) << task.message;
    }
  });
}

TEST(RandomGrids, BindingsAreFeasibleAndNothingIsOversold) {
  ForEachSeed([](Snapshot snapshot) {
    std::map<std::string, NodeView> nodes;
    for (const NodeView& node : snapshot.nodes) nodes[node.name] = node;
    for (const Binding& binding : Decide(snapshot).bindings) {
      const auto task = std::find_if(snapshot.tasks.begin(), snapshot.tasks.end(),
                                     [&](const TaskView& t) { return t.key == binding.task; });
      ASSERT_NE(task, snapshot.tasks.end());
      NodeView& node = nodes.at(binding.node);
      EXPECT_EQ(WhyNot(*task, node), "") << binding.task.ToString() << " on " << binding.node;
      AddTo(node.requested, task->requests);
      for (const auto& [resource, requested] : task->requests) {
        EXPECT_LE(requested == 0 ? 0 : node.requested[resource],
                  std::max<std::int64_t>(0, node.allocatable[resource]));
      }
    }
  });
}

TEST(RandomGrids, TheOrderOfTheSnapshotDoesNotCount) {
  ForEachSeed([](Snapshot snapshot) {
    const Names before = Bound(Decide(snapshot));
    std::reverse(snapshot.nodes.begin(), snapshot.nodes.end());
    std::reverse(snapshot.tasks.begin(), snapshot.tasks.end());
    EXPECT_EQ(Bound(Decide(snapshot)), before);
  });
}

TEST(RandomGrids, WhatDoesNotFitWouldNotFitAtTheEndEither) {
  ForEachSeed([](Snapshot snapshot) {
    const Plan plan = Decide(snapshot);
    for (const Binding& binding : plan.bindings) {
      const auto task = std::find_if(snapshot.tasks.begin(), snapshot.tasks.end(),
                                     [&](const TaskView& t) { return t.key == binding.task; });
      const auto node = std::find_if(snapshot.nodes.begin(), snapshot.nodes.end(),
                                     [&](const NodeView& n) { return n.name == binding.node; });
      AddTo(node->requested, task->requests);
      snapshot.tasks.erase(task);
    }
    EXPECT_TRUE(Decide(snapshot).bindings.empty());
  });
}

}  // namespace
}  // namespace noizy::scheduler
