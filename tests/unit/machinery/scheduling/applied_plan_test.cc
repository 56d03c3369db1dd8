#include "machinery/scheduling/applied_plan.h"

#include <gtest/gtest.h>

#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"
#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

constexpr Duration kHold = std::chrono::minutes(10);

AppliedPlan PlanFor(const std::string& node) {
  return {kNow,
          kNow + kHold,
          "local",
          "tiny-1",
          "0123456789abcdef",
          "The fast one.",
          {{{"default", "a"}, "uid-a", 0, node}}};
}

TaskView Planned(TaskView task, std::string node) {
  task.planned = {std::move(node), kNow + kHold, "p", "local", "tiny-1", "The plan says so."};
  return task;
}

Plan DecideOn(Grid& grid, Duration after = Duration::zero()) {
  return Decide(grid, kNow + after);
}

TEST(AppliedPlan, IsReadAsItWasWritten) {
  const AppliedPlan plan = PlanFor("n1");
  EXPECT_EQ(*ReadAppliedPlan(ToText(plan)), plan);
}

TEST(AppliedPlan, NothingElseIsAPlan) {
  for (const char* text : {"", "[]", "{}", R"({"made":"2026-01-01T00:00:00Z"})",
                           R"({"made":"x","until":"y","places":[]})"})
    EXPECT_FALSE(ReadAppliedPlan(text).ok()) << text;
  AppliedPlan plan = PlanFor("n1");
  plan.places.front().uid.clear();
  EXPECT_FALSE(ReadAppliedPlan(ToText(plan)).ok());
  plan = PlanFor("n1");
  plan.places.resize(kMostPlaces + 1, plan.places.front());
  EXPECT_FALSE(ReadAppliedPlan(ToText(plan)).ok());
}

TEST(AppliedPlan, HoldsNobodyForLongerThanPlansMay) {
  AppliedPlan plan = PlanFor("n1");
  plan.until = plan.made + kLongestPlan * 50;
  EXPECT_EQ(ReadAppliedPlan(ToText(plan))->until, plan.made + kLongestPlan);
}

TEST(AppliedPlan, IsForOneAttemptOfOneTaskAndTheNewerPlanCounts) {
  Task task;
  task.metadata.name = "a";
  task.metadata.uid = "uid-a";
  AppliedPlan newer = PlanFor("n2");
  newer.made += std::chrono::seconds(1);
  PlannedNodes nodes;
  nodes.Add("new", newer);
  nodes.Add("old", PlanFor("n1"));
  ASSERT_NE(nodes.Of(task), nullptr);
  EXPECT_EQ(nodes.Of(task)->node, "n2");
  EXPECT_EQ(nodes.Of(task)->policy, "new");
  task.status.attempt = 1;
  EXPECT_EQ(nodes.Of(task), nullptr);
  task.status.attempt = 0;
  task.metadata.uid = "another";
  EXPECT_EQ(nodes.Of(task), nullptr);
}

TEST(AppliedPlan, ReachesATaskThroughItsPolicysAnnotation) {
  RoutingPolicy policy;
  policy.metadata.name = "p";
  policy.metadata.annotations[std::string(kAppliedPlanAnnotation)] = ToText(PlanFor("n1"));
  Task task;
  task.metadata.name = "a";
  task.metadata.uid = "uid-a";
  task.status.phase = "Pending";
  const TaskView view = ViewOf(task, RoutingTable({policy}));
  ASSERT_TRUE(view.planned);
  EXPECT_EQ(view.planned->node, "n1");
  EXPECT_EQ(view.planned->reason, "as the applied plan of " + FormatTime(kNow) +
                                      " has it (prompt 0123456789ab): The fast one.");
}

TEST(AppliedPlan, ANodeThatIsPlannedIsTakenBeforeABetterOne) {
  Grid grid;
  for (int i = 0; i < 20; ++i) grid.SetNode(NodeNamed("big-" + std::to_string(i), 64));
  grid.SetNode(NodeNamed("small", 1));
  grid.SetTask(Planned(TaskNamed("a", 1), "small"));
  grid.SetTask(TaskNamed("b", 1));
  const Plan plan = DecideOn(grid);
  ASSERT_EQ(plan.bindings.size(), 2U);
  const Binding& binding = plan.bindings.front();
  EXPECT_EQ(binding.node, "small");
  EXPECT_EQ(binding.candidates.front().node, "small");
  EXPECT_EQ(binding.strategy, kAiStrategy);
  EXPECT_EQ(binding.policy, "p");
  EXPECT_EQ(binding.advice->decided_by, "local");
  EXPECT_EQ(binding.reason, "The plan says so.");
  EXPECT_NE(plan.bindings.back().node, "small");
}

TEST(AppliedPlan, ATaskWaitsForItsNodeButNotForLonger) {
  Grid grid;
  grid.SetNode(NodeNamed("full", 1));
  grid.SetNode(NodeNamed("free", 1));
  grid.SetTask(On(TaskNamed("there", 1), "full"));
  grid.SetTask(Planned(TaskNamed("a", 1), "full"));
  const Plan plan = DecideOn(grid);
  EXPECT_EQ(Bound(plan), "");
  EXPECT_EQ(MessageFor(plan, "a"),
            "Waits for node full, which the applied plan of policy \"p\" gives it, until " +
                FormatTime(kNow + kHold) + ": had insufficient cpu now");
  EXPECT_EQ(plan.look_again, kNow + kHold);
  const Plan later = DecideOn(grid, kHold);
  EXPECT_EQ(Bound(later), "a→free");
  EXPECT_EQ(later.bindings.front().strategy, "LeastLoaded");
}

TEST(AppliedPlan, TheRoomThatItWaitsForIsKeptFromThoseBehindIt) {
  Grid grid;
  grid.SetNode(NodeNamed("wished", 2));
  grid.SetNode(NodeNamed("free", 2));
  grid.SetTask(On(TaskNamed("there", 1), "wished"));
  grid.SetTask(Planned(TaskNamed("a", 2), "wished"));
  TaskView behind = TaskNamed("b", 1);
  behind.node_name = "wished";
  grid.SetTask(behind);
  EXPECT_EQ(Bound(DecideOn(grid)), "");
  grid.RemoveTask({"default", "there"});
  EXPECT_EQ(Bound(DecideOn(grid)), "a→wished");
}

// Though somebody wrote a plan for its members by hand: nobody is asked about those.
TEST(AppliedPlan, AGangIsPlacedWholeWhateverIsPlannedForItsMembers) {
  Grid grid;
  grid.SetNode(NodeNamed("free", 1));
  grid.SetNode(NodeNamed("full", 1));
  grid.SetTask(On(TaskNamed("there", 1), "full"));
  for (const char* name : {"a", "b"}) {
    TaskView task = Planned(TaskNamed(name, 1), *name == 'a' ? "free" : "full");
    task.gang = Gang{"g", 2};
    grid.SetTask(task);
  }
  EXPECT_EQ(Bound(DecideOn(grid)), "") << "half of it has room, as planned";
  // Nor is room kept for half of it.
  TaskView behind = TaskNamed("c", 1);
  behind.priority = -1;
  grid.SetTask(behind);
  EXPECT_EQ(Bound(DecideOn(grid)), "c→free");
  grid.RemoveTask({"default", "c"});
  grid.RemoveTask({"default", "there"});
  EXPECT_EQ(DecideOn(grid).bindings.size(), 2U);
}

TEST(AppliedPlan, CompanyThatComesInTheSamePassIsNotOverslept) {
  Grid grid;
  grid.SetNode(NodeNamed("wished"));
  grid.SetNode(NodeNamed("free"));
  grid.SetTask(On(Labelled(TaskNamed("there"), "a"), "free"));
  TaskView task = Planned(TaskNamed("a"), "wished");
  task.together = {Beside("a")};
  task.priority = 1;
  grid.SetTask(task);
  TaskView company = Labelled(TaskNamed("company"), "a");
  company.node_name = "wished";
  grid.SetTask(company);
  const Plan first = DecideOn(grid);
  EXPECT_EQ(Bound(first), "company→wished");
  EXPECT_TRUE(first.more);
  const Plan second = DecideOn(grid);
  EXPECT_EQ(Bound(second), "a→wished");
  EXPECT_FALSE(second.more);
}

TEST(AppliedPlan, WaitingForANodeAsksForNoPassAfterPass) {
  Grid grid;
  grid.SetNode(NodeNamed("full", 1));
  grid.SetNode(NodeNamed("free", 2));
  grid.SetTask(On(TaskNamed("there", 1), "full"));
  TaskView task = Planned(TaskNamed("a", 1), "full");
  task.priority = 1;
  grid.SetTask(task);
  grid.SetTask(TaskNamed("b", 1));
  EXPECT_TRUE(DecideOn(grid).more);
  EXPECT_FALSE(DecideOn(grid).more);
}

TEST(AppliedPlan, ANodeThatCannotRunTheTaskCountsForNothing) {
  const auto bound = [](NodeView wished) {
    Grid grid;
    grid.SetNode(NodeNamed("free", 4));
    grid.SetNode(std::move(wished));
    grid.SetTask(Planned(TaskNamed("a", 2), "wished"));
    const Plan plan = DecideOn(grid);
    return Bound(plan) + (plan.bindings.empty() ? "" : plan.bindings.front().reason);
  };
  NodeView cordoned = NodeNamed("wished");
  cordoned.unschedulable = true;
  NodeView tainted = NodeNamed("wished");
  tainted.taints = {{"gpu", "true", TaintEffect::kNoSchedule}};
  NodeView lacking = NodeNamed("wished");
  lacking.capabilities.clear();
  for (const NodeView& node : {cordoned, tainted, lacking, NodeNamed("wished", 1)}) {
    EXPECT_EQ(bound(node),
              "a→freethe only node that can run it, rather than node wished, which an applied "
              "plan gives it");
  }
  EXPECT_TRUE(bound(NodeNamed("wished")).starts_with("a→wished"));
}

TEST(AppliedPlan, WhereAllAreFullAPlanHindersNoPreemption) {
  Grid grid;
  grid.SetNode(NodeNamed("n1", 1));
  grid.SetNode(NodeNamed("n2", 1));
  TaskView high = On(TaskNamed("h", 1), "n1");
  high.priority = 9;
  grid.SetTask(high);
  grid.SetTask(On(TaskNamed("low", 1), "n2"));
  TaskView task = Planned(TaskNamed("a", 1), "n1");
  task.priority = 5;
  grid.SetTask(task);
  ASSERT_EQ(DecideOn(grid).evictions.size(), 1U);
  grid.RemoveTask({"default", "low"});
  EXPECT_EQ(Bound(DecideOn(grid)), "a→n2");
}

}  // namespace
}  // namespace noizy::scheduling
