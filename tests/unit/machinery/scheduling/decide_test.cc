#include "machinery/scheduling/decide.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

class DecideTest : public ::testing::Test {
 protected:
  void Nodes(std::initializer_list<NodeView> nodes) {
    for (const NodeView& node : nodes) grid_.SetNode(node);
  }
  void Tasks(std::initializer_list<TaskView> tasks) {
    for (const TaskView& task : tasks) grid_.SetTask(task);
  }
  Plan Decided() { return Decide(grid_, kNow); }
  static TaskView Important(TaskView task, std::int64_t priority) {
    task.priority = priority;
    return task;
  }
  static TaskView By(TaskView task, std::string strategy) {
    task.routing.strategies = {std::move(strategy)};
    return task;
  }
  static TaskView InNamespace(TaskView task, std::string ns) {
    task.key.ns = std::move(ns);
    return task;
  }

  Grid grid_;
};

TEST_F(DecideTest, TakesTheLeastLoadedNodeAndSaysWhy) {
  Nodes({NodeNamed("busy"), NodeNamed("idle")});
  Tasks({On(TaskNamed("a", 3), "busy"), TaskNamed("t")});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "t→idle");
  const Binding& binding = plan.bindings[0];
  ASSERT_EQ(binding.candidates.size(), 2U);
  EXPECT_GT(binding.candidates[0].score, binding.candidates[1].score);
  EXPECT_EQ(binding.reason, "the least loaded of 2 nodes that can run it");
  EXPECT_EQ(binding.strategy, "LeastLoaded");
  EXPECT_FALSE(binding.fallback);
}

TEST_F(DecideTest, CountsItsOwnBindings) {
  Nodes({NodeNamed("n")});
  Tasks({TaskNamed("a", 3), TaskNamed("b", 3)});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "a→n");
  EXPECT_EQ(MessageFor(plan, "b"), "0/1 nodes are available: 1 node(s) had insufficient cpu.");
  EXPECT_EQ(Bound(Decided()), "");
}

TEST_F(DecideTest, SpreadsEqualTasksOverEqualNodes) {
  Nodes({NodeNamed("a"), NodeNamed("b"), NodeNamed("c")});
  Tasks({TaskNamed("1"), TaskNamed("2"), TaskNamed("3")});
  std::set<std::string> nodes;
  for (const Binding& binding : Decided().bindings) nodes.insert(binding.node);
  EXPECT_EQ(nodes.size(), 3U);
}

TEST_F(DecideTest, PriorityThenAgeThenName) {
  Nodes({NodeNamed("n", 3)});
  TaskView young = TaskNamed("young", 1);
  young.created = "2026-01-01T00:00:01Z";
  Tasks({young, TaskNamed("b", 1), TaskNamed("a", 1), Important(TaskNamed("z", 1), 1)});
  EXPECT_EQ(Bound(Decided()), "z→n a→n b→n");
}

TEST_F(DecideTest, AWaitingTaskHoldsUpNobody) {
  Nodes({NodeNamed("n")});
  Tasks({Important(TaskNamed("large", 9), 10), TaskNamed("small", 1)});
  EXPECT_EQ(Bound(Decided()), "small→n");
}

TEST_F(DecideTest, WaitsForTheEndOfABackoff) {
  Nodes({NodeNamed("n")});
  TaskView later = TaskNamed("later");
  later.not_before = kNow + std::chrono::seconds(5);
  TaskView due = TaskNamed("due");
  due.not_before = kNow;
  Tasks({later, due});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "due→n");
  EXPECT_EQ(plan.look_again, later.not_before);
  EXPECT_EQ(Bound(Decide(grid_, *later.not_before)), "later→n");
}

TEST_F(DecideTest, KeepsAFewCandidates) {
  for (int i = 0; i < 40; ++i) Nodes({NodeNamed("n" + std::to_string(i))});
  Tasks({TaskNamed("t")});
  const Plan plan = Decided();
  EXPECT_EQ(plan.bindings[0].candidates.size(), kMaxCandidates);
  EXPECT_EQ(plan.bindings[0].candidates[0].node, plan.bindings[0].node);
}

TEST_F(DecideTest, LimitsEndAPassAndTheNextGoesOn) {
  Nodes({NodeNamed("n", 100)});
  for (int i = 0; i < 5; ++i) Tasks({TaskNamed(std::to_string(i), 1)});
  const Plan first = Decide(grid_, kNow, {.bindings = 3});
  EXPECT_EQ(first.bindings.size(), 3U);
  EXPECT_TRUE(first.more);
  const Plan second = Decide(grid_, kNow, {.bindings = 3});
  EXPECT_EQ(second.bindings.size(), 2U);
  EXPECT_FALSE(second.more);
}

TEST_F(DecideTest, OnlyWhatCouldHelpWakesASleeper) {
  Nodes({NodeNamed("a"), NodeNamed("b")});
  TaskView gpu = TaskNamed("gpu");
  gpu.type = "gpu";
  Tasks({On(TaskNamed("x", 4), "a"), On(TaskNamed("y", 4), "b"), TaskNamed("t", 2), gpu});
  (void)Decided();
  EXPECT_FALSE(grid_.HasNews());
  NodeView labelled = NodeNamed("a");
  labelled.labels.emplace_back("zone", "1");
  grid_.SetNode(labelled);
  EXPECT_EQ(grid_.asleep().size(), 2U) << "a label helps neither of them";
  labelled.capabilities.insert("gpu");
  grid_.SetNode(labelled);
  EXPECT_EQ(grid_.asleep().size(), 1U);
  EXPECT_EQ(Bound(Decided()), "gpu→a");
  grid_.RemoveTask({"default", "y"});
  EXPECT_EQ(Bound(Decided()), "t→b");
}

TEST_F(DecideTest, ReasonsAreToldAnewWhenTheyChangedButNotAllTheTime) {
  Nodes({NodeNamed("a")});
  Tasks({TaskNamed("t", 9)});
  EXPECT_NE(MessageFor(Decided(), "t"), "");
  EXPECT_EQ(MessageFor(Decided(), "t"), "") << "nothing new";
  Nodes({NodeNamed("b")});
  const Plan early = Decided();
  EXPECT_EQ(MessageFor(early, "t"), "");
  EXPECT_EQ(early.look_again, kNow + std::chrono::seconds(1));
  EXPECT_EQ(MessageFor(Decide(grid_, kNow + std::chrono::seconds(1)), "t"),
            "0/2 nodes are available: 2 node(s) had insufficient cpu.");
}

TEST_F(DecideTest, NoNodeAtAll) {
  Tasks({TaskNamed("t")});
  EXPECT_EQ(MessageFor(Decided(), "t"), "0/0 nodes are available: no node has joined the grid.");
}

TEST_F(DecideTest, AntiAffinityHoldsBothWays) {
  Nodes({NodeNamed("a"), NodeNamed("b")});
  TaskView shy = Labelled(TaskNamed("shy"), "web");
  shy.apart = {Beside("db")};
  Tasks({On(Labelled(TaskNamed("d"), "db"), "a"), shy});
  EXPECT_EQ(Bound(Decided()), "shy→b");
  TaskView other = Labelled(TaskNamed("other"), "db");
  other.node_name = "b";
  Tasks({other});
  EXPECT_EQ(MessageFor(Decided(), "other"),
            "0/2 nodes are available: 1 node(s) did not match the Task's node name \"b\", 1 ran "
            "Tasks that this one must not be beside.");
  grid_.RemoveTask({"default", "shy"});
  EXPECT_EQ(Bound(Decided()), "other→b");
}

TEST_F(DecideTest, AffinityByPlaceAndTheFirstOfItsKind) {
  NodeView a = NodeNamed("a");
  a.labels.emplace_back("zone", "1");
  NodeView b = NodeNamed("b");
  b.labels.emplace_back("zone", "1");
  Nodes({a, b, NodeNamed("c")});
  const auto social = [](std::string name) {
    TaskView task = Labelled(TaskNamed(std::move(name), 3), "pack");
    task.together = {Beside("pack", "zone")};
    return task;
  };
  Tasks({social("1"), social("2"), social("3")});
  const Plan plan = Decided();
  ASSERT_EQ(plan.bindings.size(), 2U);
  EXPECT_NE(plan.bindings[0].node, plan.bindings[1].node);
  EXPECT_EQ(MessageFor(plan, "3"),
            "0/3 nodes are available: 2 node(s) had insufficient cpu, 1 did not run the Tasks that "
            "this one must be beside.");
}

TEST_F(DecideTest, PreferredPeersDrawAndRepel) {
  Nodes({NodeNamed("a"), NodeNamed("b")});
  TaskView fond = TaskNamed("fond");
  fond.peer_preferences = {{10, Beside("db")}};
  TaskView shy = TaskNamed("shy");
  shy.peer_preferences = {{-10, Beside("db")}};
  Tasks({On(Labelled(TaskNamed("d", 2), "db"), "a"), fond, shy});
  EXPECT_EQ(Bound(Decided()), "fond→a shy→b");
}

TEST_F(DecideTest, EachStrategyChoosesItsWay) {
  Nodes({NodeNamed("big", 64), NodeNamed("small")});
  Tasks({On(By(TaskNamed("x", 2), "Spread"), "big")});
  Tasks({By(TaskNamed("pack", 1), "BinPack")});
  EXPECT_EQ(Bound(Decided()), "pack→small");
  Tasks({By(TaskNamed("spread", 2), "Spread")});
  EXPECT_EQ(Bound(Decided()), "spread→small");
  Tasks({By(TaskNamed("r1"), "RoundRobin"), By(TaskNamed("r2"), "RoundRobin")});
  EXPECT_EQ(Bound(Decided()), "r1→big r2→small");
}

TEST_F(DecideTest, PowerOfTwoLooksAtTwo) {
  for (int i = 0; i < 9; ++i) Nodes({NodeNamed("n" + std::to_string(i))});
  std::set<std::string> drawn;
  for (int i = 0; i < 40; ++i) {
    Tasks({By(TaskNamed("t" + std::to_string(i)), "PowerOfTwo")});
    const Plan plan = Decided();
    ASSERT_EQ(plan.bindings.size(), 1U);
    EXPECT_EQ(plan.bindings[0].candidates.size(), 2U);
    for (const Candidate& candidate : plan.bindings[0].candidates) drawn.insert(candidate.node);
  }
  EXPECT_EQ(drawn.size(), 9U);
}

TEST_F(DecideTest, AnUnknownStrategyFallsBack) {
  Nodes({NodeNamed("n")});
  TaskView task = TaskNamed("t");
  task.routing = {"ask", {"AI", "BinPack", "FastestFinish"}, {}, false};
  Tasks({task});
  const Plan plan = Decided();
  EXPECT_EQ(plan.bindings[0].strategy, "BinPack");
  EXPECT_EQ(plan.bindings[0].policy, "ask");
  EXPECT_TRUE(plan.bindings[0].fallback);
}

TEST_F(DecideTest, FastestFinishSaysWhatItKnows) {
  Nodes({NodeNamed("slow", 8), NodeNamed("fast")});
  Tasks({By(TaskNamed("first"), "FastestFinish")});
  EXPECT_EQ(Decided().bindings[0].reason,
            "the one predicted to finish it first of 2 nodes that can run it; how long such Tasks "
            "take is not known yet");
  grid_.RemoveTask({"default", "first"});
  grid_.Learn(TaskNamed("x"), "slow", {100});
  grid_.Learn(TaskNamed("x"), "fast", {10});
  Tasks({By(TaskNamed("second"), "FastestFinish")});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "second→fast");
  EXPECT_EQ(plan.bindings[0].reason,
            "the one predicted to finish it first of 2 nodes that can run it, in 10 s");
  EXPECT_NEAR(*plan.bindings[0].candidates[0].finish_seconds, 10.1, 0.05);
}

TEST_F(DecideTest, InferencesGoWhereTheModelIsFastAndNotAskedTooMuch) {
  const auto with_model = [](NodeView node) {
    node.capabilities.insert("model/m");
    return node;
  };
  const auto asks = [](const std::string& name) {
    TaskView task = By(TaskNamed(name), "FastestFinish");
    task.model = "m";
    task.work = "m";
    return task;
  };
  Nodes({with_model(NodeNamed("slow", 16)), with_model(NodeNamed("fast", 16)),
         NodeNamed("none", 64)});
  // 10 and 40 tokens a second.
  grid_.Learn(asks("x"), "slow", {10, 100});
  grid_.Learn(asks("x"), "fast", {5, 200});
  for (const char* name : {"a", "b", "c", "d", "e"}) Tasks({asks(name)});
  // The fifth finishes as soon beside none on the slow one.
  EXPECT_EQ(Bound(Decided()), "a→fast b→fast c→fast d→slow e→fast");
}

TEST_F(DecideTest, WaitsForAMuchFasterNodeOnlyWhileThatPays) {
  Nodes({NodeNamed("slow", 8), NodeNamed("fast", 1)});
  grid_.Learn(TaskNamed("x"), "slow", {100});
  grid_.Learn(TaskNamed("x"), "fast", {10});
  TaskView running = On(By(TaskNamed("running", 1), "FastestFinish"), "fast");
  running.started = kNow - std::chrono::seconds(5);
  Tasks({running});
  for (int i = 0; i < 12; ++i)
    Tasks({By(TaskNamed(std::string(1, static_cast<char>('a' + i)), 1), "FastestFinish")});
  const Plan plan = Decided();
  EXPECT_EQ(plan.unschedulable.size(), 9U) << "more would finish sooner on the slow one";
  EXPECT_EQ(plan.bindings.size(), 3U);
  EXPECT_EQ(MessageFor(plan, "a"),
            "Waits for node fast, which is full now: it is predicted to finish there before it "
            "would on any of the 1 nodes with room");
  grid_.RemoveTask({"default", "running"});
  EXPECT_EQ(Bound(Decided()), "a→fast");
}

TEST_F(DecideTest, NobodyWaitsForANodeWhoseTasksAreUnknown) {
  Nodes({NodeNamed("slow"), NodeNamed("fast", 1)});
  grid_.Learn(TaskNamed("x"), "slow", {100});
  grid_.Learn(TaskNamed("x"), "fast", {10});
  TaskView running = On(TaskNamed("running", 1), "fast");
  running.work = "never seen";
  Tasks({running, By(TaskNamed("t", 1), "FastestFinish")});
  EXPECT_EQ(Bound(Decided()), "t→slow");
}

TEST_F(DecideTest, PreemptsTheCheapestAndNeverAnEqual) {
  Nodes({NodeNamed("a"), NodeNamed("b"), NodeNamed("c")});
  Tasks({On(Important(TaskNamed("low", 4), 1), "a"), On(Important(TaskNamed("mid", 4), 5), "b"),
         On(Important(TaskNamed("equal", 4), 9), "c"), Important(TaskNamed("t", 4), 9)});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "");
  ASSERT_EQ(plan.evictions.size(), 1U);
  EXPECT_EQ(plan.evictions[0].task.name, "low");
  EXPECT_EQ(plan.evictions[0].message, "Preempted on node a by Task default/t of priority 9");
  EXPECT_TRUE(Decided().evictions.empty()) << "one is enough, and it is on its way";
  Tasks({Important(TaskNamed("thief", 4), 8)});
  grid_.RemoveTask({"default", "low"});
  EXPECT_EQ(Bound(Decided()), "t→a") << "the room is kept for it";
}

TEST_F(DecideTest, PreemptsNoMoreThanItMust) {
  Nodes({NodeNamed("a", 6)});
  TaskView pinned = On(TaskNamed("pinned", 2), "a");
  pinned.pinned = true;
  TaskView young = On(TaskNamed("young", 2), "a");
  young.started = kNow - std::chrono::seconds(1);
  TaskView old = On(TaskNamed("old", 2), "a");
  old.started = kNow - std::chrono::hours(1);
  Tasks({pinned, young, old, Important(TaskNamed("t", 2), 1)});
  const Plan plan = Decided();
  ASSERT_EQ(plan.evictions.size(), 1U);
  EXPECT_EQ(plan.evictions[0].task.name, "young") << "the least work is lost";
}

TEST_F(DecideTest, AGangStartsWholeOrNotAtAll) {
  Nodes({NodeNamed("a"), NodeNamed("b")});
  const auto member = [](std::string name) {
    TaskView task = TaskNamed(std::move(name), 3);
    task.gang = Gang{"g", 3};
    return task;
  };
  Tasks({member("1"), member("2")});
  EXPECT_EQ(MessageFor(Decided(), "1"), "Gang g waits for 1 more of its 3 Tasks");
  Tasks({member("3")});
  const Plan plan = Decided();
  EXPECT_EQ(Bound(plan), "");
  EXPECT_TRUE(MessageFor(plan, "2").starts_with("Not all 3 Tasks of gang g fit at once."));
  Tasks({TaskNamed("single", 4)});
  EXPECT_EQ(Decided().bindings.size(), 1U) << "a trial leaves no trace";
  Nodes({NodeNamed("c"), NodeNamed("d")});
  EXPECT_EQ(Decided().bindings.size(), 3U);
}

TEST_F(DecideTest, NamespacesGetEqualShares) {
  Nodes({NodeNamed("n", 6)});
  for (int i = 0; i < 9; ++i) Tasks({InNamespace(TaskNamed("a" + std::to_string(i), 1), "greedy")});
  TaskView modest = InNamespace(TaskNamed("m", 1), "modest");
  modest.created = "2026-01-02T00:00:00Z";
  Tasks({modest});
  EXPECT_EQ(Bound(Decided()), "a0→n m→n a1→n a2→n a3→n a4→n");
}

TEST_F(DecideTest, AQuotaHoldsBackUntilSomethingEnds) {
  Nodes({NodeNamed("n", 64), NodeNamed("m", 64)});
  grid_.SetQuota("default", Quota{{{"cpu", 3 * kCore}}, {}});
  Tasks({TaskNamed("a", 2), TaskNamed("b", 2)});
  const Plan plan = Decided();
  EXPECT_EQ(plan.bindings.size(), 1U);
  EXPECT_EQ(MessageFor(plan, "b"),
            "0/2 nodes are available: 2 node(s) were closed to it: the quota of namespace "
            "\"default\" allows no more cpu at once.");
  EXPECT_EQ(plan.unschedulable.front().reason, "QuotaExceeded");
  grid_.RemoveTask({"default", "a"});
  EXPECT_EQ(Decided().bindings.size(), 1U);
}

TEST_F(DecideTest, AnUndoneBindingIsMadeAnew) {
  Nodes({NodeNamed("n")});
  Tasks({TaskNamed("t", 4)});
  EXPECT_EQ(Bound(Decided()), "t→n");
  grid_.Unbind({"default", "t"});
  EXPECT_EQ(Bound(Decided()), "t→n");
}

TEST_F(DecideTest, TasksOfANodeThatIsNotKnownYetCountOnceItIs) {
  Tasks({On(TaskNamed("a", 3), "n"), TaskNamed("t", 2)});
  Nodes({NodeNamed("n")});
  EXPECT_EQ(Bound(Decided()), "");
  grid_.RemoveNode("n");
  Nodes({NodeNamed("n", 8)});
  EXPECT_EQ(Bound(Decided()), "t→n");
  EXPECT_EQ(grid_.FindNode("n")->usage.tasks, 2);
}

}  // namespace
}  // namespace noizy::scheduling
