#include <gtest/gtest.h>

#include "machinery/scheduling/advisor.h"
#include "tests/unit/machinery/scheduling/grids.h"

namespace noizy::scheduling {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class AdviceTest : public ::testing::Test {
 protected:
  AdviceTest() {
    for (const char* name : {"a", "b", "c"}) grid_.SetNode(NodeNamed(name));
  }
  static TaskView Asking(const std::string& name, const AiRouting& ai, bool require = false) {
    TaskView task = TaskNamed(name, 1);
    task.routing.policy = "p";
    task.routing.strategies = {"AI", "LeastLoaded"};
    task.routing.ai = ai;
    task.routing.require_ai = require;
    return task;
  }
  static AiRouting Waiting() {
    AiRouting ai;
    ai.waits = true;
    return ai;
  }
  void Say(const Question& question, const std::string& node, WallTime when = kNow) {
    grid_.SetAdvice(question.task_class, Advice{node, "claude", "m", "it has the data", 12}, when);
  }

  /// With a record, as a model's answers come.
  void Record(const Question& question, Result<Advice> advice, const std::string& outcome) {
    RoutingRecord record;
    record.outcome = outcome;
    grid_.SetAdvice(question.task_class,
                    {std::move(advice), std::make_shared<const RoutingRecord>(std::move(record))},
                    kNow);
  }

  Grid grid_;
};

TEST_F(AdviceTest, TheRecordGoesWithEveryDecisionThatItIsPartOf) {
  grid_.SetTask(Asking("t", Waiting()));
  Record(Decide(grid_, kNow).questions.at(0), Advice{"b", "claude", "m", "", 1}, "Followed");
  EXPECT_EQ(Decide(grid_, kNow).bindings.at(0).record->outcome, "Followed");
  grid_.SetTask(Asking("u", Waiting()));
  EXPECT_EQ(Decide(grid_, kNow).bindings.at(0).record->outcome, "Followed");
}

TEST_F(AdviceTest, TheRecordOfAFaultGoesWithTheFallback) {
  grid_.SetTask(Asking("t", Waiting()));
  Record(Decide(grid_, kNow).questions.at(0), Unavailable("no credit"), "QuotaExhausted");
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.bindings.at(0).fallback);
  EXPECT_EQ(plan.bindings.at(0).record->outcome, "QuotaExhausted");
}

TEST_F(AdviceTest, AnExpectationCountsUntilSomethingWasSeen) {
  TaskView task = Asking("t", Waiting());
  task.work = "render";
  grid_.SetTask(task);
  Advice advice{"b", "claude", "m", "", 1};
  advice.run_seconds = 3;
  Record(Decide(grid_, kNow).questions.at(0), advice, "Followed");
  EXPECT_EQ(grid_.estimates().Of("render", "a", 1).source, Estimate::Source::kGuessed);
  EXPECT_DOUBLE_EQ(grid_.estimates().Of("render", "a", 1).seconds, 3);
}

TEST_F(AdviceTest, ATaskThatWaitsGetsWhatWasAdvised) {
  grid_.SetTask(Asking("t", Waiting()));
  const Plan asked = Decide(grid_, kNow);
  ASSERT_EQ(asked.questions.size(), 1U);
  EXPECT_EQ(asked.questions[0].policy, "p");
  EXPECT_EQ(asked.questions[0].candidates.size(), 3U);
  EXPECT_TRUE(asked.bindings.empty());
  EXPECT_EQ(asked.unschedulable.at(0).reason, "WaitingForAdvice");
  EXPECT_EQ(asked.look_again, kNow + milliseconds(1500));
  EXPECT_TRUE(Decide(grid_, kNow).questions.empty()) << "one question is enough";

  Say(asked.questions[0], "c");
  const Plan plan = Decide(grid_, kNow);
  EXPECT_EQ(Bound(plan), "t→c");
  EXPECT_EQ(plan.bindings[0].strategy, "AI");
  EXPECT_EQ(plan.bindings[0].advice->model, "m");
  EXPECT_EQ(plan.bindings[0].reason, "it has the data");
  EXPECT_FALSE(plan.bindings[0].fallback);
  EXPECT_FALSE(plan.bindings[0].cached);

  grid_.SetTask(Asking("u", Waiting()));
  const Plan again = Decide(grid_, kNow + seconds(299));
  EXPECT_TRUE(again.questions.empty());
  EXPECT_EQ(Bound(again), "u→c");
  EXPECT_TRUE(again.bindings.at(0).cached);
  grid_.SetTask(Asking("v", Waiting()));
  EXPECT_EQ(Decide(grid_, kNow + seconds(301)).questions.size(), 1U) << "answers grow old";
}

TEST_F(AdviceTest, AdviseDoesNotWait) {
  grid_.SetTask(Asking("t", AiRouting()));
  const Plan plan = Decide(grid_, kNow);
  EXPECT_EQ(plan.questions.size(), 1U);
  ASSERT_EQ(plan.bindings.size(), 1U);
  EXPECT_EQ(plan.bindings[0].strategy, "LeastLoaded");
  EXPECT_TRUE(plan.bindings[0].fallback);
}

TEST_F(AdviceTest, NoAnswerInTimeIsTheFallbacks) {
  grid_.SetTask(Asking("t", Waiting()));
  const Plan asked = Decide(grid_, kNow);
  EXPECT_TRUE(Decide(grid_, kNow + milliseconds(1499)).bindings.empty());
  const Plan plan = Decide(grid_, kNow + milliseconds(1500));
  ASSERT_EQ(plan.bindings.size(), 1U);
  EXPECT_TRUE(plan.bindings[0].fallback);
  Say(asked.questions[0], "c", kNow + milliseconds(1501));
  grid_.SetTask(Asking("u", Waiting()));
  const Plan late = Decide(grid_, kNow + milliseconds(1502));
  EXPECT_TRUE(late.bindings.at(0).fallback) << "what comes late is not looked at";
  EXPECT_TRUE(late.questions.empty()) << "a silent advisor is left alone for a while";
}

TEST_F(AdviceTest, WhoRequiresAnAiWaitsAndIsToldWhy) {
  grid_.SetTask(Asking("t", AiRouting(), true));
  const Plan asked = Decide(grid_, kNow);
  EXPECT_TRUE(asked.bindings.empty());
  grid_.SetAdvice(asked.questions.at(0).task_class, Unavailable("no credit"), kNow);
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.bindings.empty());
  EXPECT_EQ(MessageFor(plan, "t"),
            "Waits for the AI's decision that policy \"p\" asks for; there is none: no credit");
  EXPECT_EQ(plan.look_again, kNow + kAdviceRetry);
  EXPECT_EQ(Decide(grid_, kNow + kAdviceRetry).questions.size(), 1U) << "it is asked again";

  TaskView without = TaskNamed("u", 1);
  without.routing.require_ai = true;
  grid_.SetTask(without);
  EXPECT_EQ(MessageFor(Decide(grid_, kNow + kAdviceRetry), "u"),
            "The Task requires an AI's decision, and no RoutingPolicy with strategy AI matches it");
}

TEST_F(AdviceTest, AdviceNeitherWidensNorLeavesTheBand) {
  NodeView slow = NodeNamed("slow");
  slow.speed = 0.1;
  grid_.SetNode(slow);
  NodeView foreign = NodeNamed("foreign");
  foreign.capabilities = {};
  grid_.SetNode(foreign);
  for (const char* node : {"slow", "foreign", "none"}) {
    TaskView task = Asking(node, Waiting());
    task.work = node;  // a class of its own
    grid_.SetTask(task);
    const Plan asked = Decide(grid_, kNow);
    ASSERT_EQ(asked.questions.size(), 1U);
    for (const Candidate& candidate : asked.questions[0].candidates)
      EXPECT_NE(candidate.node, "slow");
    Say(asked.questions[0], node);
    const Plan plan = Decide(grid_, kNow);
    ASSERT_EQ(plan.bindings.size(), 1U) << node;
    EXPECT_NE(plan.bindings[0].node, node);
    EXPECT_TRUE(plan.bindings[0].fallback);
  }
}

TEST_F(AdviceTest, OneCandidateIsNoQuestion) {
  grid_.RemoveNode("b");
  grid_.RemoveNode("c");
  grid_.SetTask(Asking("t", Waiting(), true));
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.questions.empty());
  EXPECT_EQ(Bound(plan), "t→a");
}

TEST_F(AdviceTest, OneCandidateWithinTheBandIsNoQuestion) {
  for (const char* name : {"b", "c"}) {
    NodeView slow = NodeNamed(name);
    slow.speed = 0.1;
    grid_.SetNode(slow);
  }
  TaskView task = Asking("t", Waiting(), true);
  task.routing.strategies = {"AI", "FastestFinish"};
  grid_.SetTask(task);
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.questions.empty());
  EXPECT_EQ(Bound(plan), "t→a");
}

TEST_F(AdviceTest, TheBandIsThatOfTheBestNodeThoughItIsFull) {
  const auto asking = [](const std::string& name) {
    TaskView task = Asking(name, Waiting());
    task.routing.strategies = {"AI", "FastestFinish"};
    return task;
  };
  TaskView first = On(asking("first"), "a");
  first.requests["cpu"] = 4 * kCore;
  first.started = kNow - seconds(9);
  for (const auto& [node, run] : std::map<std::string, double>{{"a", 10}, {"b", 60}, {"c", 65}})
    grid_.Learn(first, node, {run});
  grid_.SetTask(first);
  grid_.SetTask(asking("t"));
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.questions.empty()) << "neither b nor c is worth a thought";
  ASSERT_EQ(plan.unschedulable.size(), 1U);
  EXPECT_EQ(plan.unschedulable[0].reason, "WaitingForFasterNode");
}

TEST_F(AdviceTest, AdviceHoldsForTasksThatWouldBeOfferedOtherNodes) {
  for (int i = 0; i < 6; ++i) grid_.SetNode(NodeNamed("more-" + std::to_string(i)));
  grid_.SetTask(Asking("t", Waiting()));
  const Plan asked = Decide(grid_, kNow);
  ASSERT_EQ(asked.questions.at(0).candidates.size(), kMostAdvised);
  const std::string node = asked.questions[0].candidates[4].node;
  Say(asked.questions[0], node);
  for (int i = 0; i < 3; ++i) grid_.SetTask(Asking("alike-" + std::to_string(i), Waiting()));
  const Plan plan = Decide(grid_, kNow);
  ASSERT_EQ(plan.bindings.size(), 4U);
  for (const Binding& binding : plan.bindings) EXPECT_EQ(binding.node, node) << binding.task.name;
}

TEST_F(AdviceTest, PreferencesAreNotTheModelsToWeigh) {
  TaskView task = Asking("t", Waiting());
  task.avoids = "b";
  grid_.SetTask(task);
  const Plan asked = Decide(grid_, kNow);
  ASSERT_EQ(asked.questions.size(), 1U);
  EXPECT_EQ(asked.questions[0].candidates.size(), 2U);
  Say(asked.questions[0], "b");
  EXPECT_NE(Decide(grid_, kNow).bindings.at(0).node, "b");
}

TEST_F(AdviceTest, AShadowIsOnlyRecorded) {
  AiRouting shadow;
  shadow.counts = false;
  grid_.SetTask(Asking("t", shadow));
  const Plan asked = Decide(grid_, kNow);
  Say(asked.questions.at(0), "c");
  grid_.SetTask(Asking("u", shadow));
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.bindings.at(0).fallback);
  EXPECT_FALSE(plan.bindings.at(0).advice);
  EXPECT_EQ(plan.bindings.at(0).record, nullptr) << "nothing was kept";
}

class GangAdviceTest : public AdviceTest {
 protected:
  void AddPair(const AiRouting& ai, bool require = false, double cores = 1) {
    for (const char* name : {"g1", "g2"}) {
      TaskView task = Asking(name, ai, require);
      task.requests = {{"cpu", static_cast<std::int64_t>(cores * kCore)}};
      task.gang = Gang{"pair", 2};
      grid_.SetTask(task);
    }
  }
};

TEST_F(GangAdviceTest, AGangWaitsForAdviceAndTakesItWhole) {
  AddPair(Waiting());
  const Plan asked = Decide(grid_, kNow);
  ASSERT_EQ(asked.questions.size(), 1U) << "its members are of one class";
  EXPECT_TRUE(asked.bindings.empty());
  EXPECT_EQ(asked.unschedulable.at(0).reason, "WaitingForAdvice");
  Record(asked.questions[0], Advice{"c", "claude", "m", "", 1}, "Followed");
  const Plan plan = Decide(grid_, kNow);
  EXPECT_EQ(Bound(plan), "g1→c g2→c");
  EXPECT_EQ(plan.bindings[0].strategy, "AI");
  EXPECT_EQ(plan.bindings[0].record->outcome, "Followed");
  EXPECT_FALSE(plan.bindings[0].cached);
  EXPECT_TRUE(plan.bindings[1].cached);
}

TEST_F(GangAdviceTest, AdviseAsksAndDoesNotWait) {
  AddPair(AiRouting());
  const Plan plan = Decide(grid_, kNow);
  EXPECT_EQ(plan.questions.size(), 1U);
  ASSERT_EQ(plan.bindings.size(), 2U);
  EXPECT_TRUE(plan.bindings[0].fallback);
}

TEST_F(GangAdviceTest, AShadowIsOnlyRecorded) {
  AiRouting shadow;
  shadow.counts = false;
  grid_.SetTask(Asking("t", shadow));
  Record(Decide(grid_, kNow).questions.at(0), Advice{"c", "claude", "m", "", 1}, "Shadow");
  AddPair(shadow);
  const Plan asked = Decide(grid_, kNow);
  ASSERT_EQ(asked.bindings.size(), 2U);
  EXPECT_TRUE(asked.bindings[0].fallback);
  EXPECT_FALSE(asked.bindings[0].advice);
}

TEST_F(GangAdviceTest, AGangWithoutRoomAsksNobody) {
  AddPair(Waiting(), false, 100);
  const Plan plan = Decide(grid_, kNow);
  EXPECT_TRUE(plan.questions.empty());
  EXPECT_EQ(plan.unschedulable.at(0).reason, "Unschedulable");
}

TEST_F(GangAdviceTest, WhoRequiresAnAiIsNotPlacedWithoutOne) {
  AddPair(AiRouting(), true);
  const Plan asked = Decide(grid_, kNow);
  EXPECT_TRUE(asked.bindings.empty());
  grid_.SetAdvice(asked.questions.at(0).task_class, Status(Unavailable("no credit")), kNow);
  const Plan refused = Decide(grid_, kNow);
  EXPECT_TRUE(refused.bindings.empty());
  EXPECT_NE(MessageFor(refused, "g1").find("there is none: no credit"), std::string::npos);
  // It is asked again once the fault is old.
  EXPECT_EQ(Decide(grid_, kNow + kAdviceRetry).questions.size(), 1U);
}

TEST_F(GangAdviceTest, AdviceThatHasRoomForOneGuidesOne) {
  AddPair(Waiting(), false, 3);
  const Plan asked = Decide(grid_, kNow);
  Say(asked.questions.at(0), "c");
  const Plan plan = Decide(grid_, kNow);
  ASSERT_EQ(plan.bindings.size(), 2U);
  EXPECT_EQ(plan.bindings[0].node, "c");
  EXPECT_TRUE(plan.bindings[0].advice);
  EXPECT_NE(plan.bindings[1].node, "c");
  EXPECT_TRUE(plan.bindings[1].fallback);
}

/// A choosy member fits on one node only, and the AI sends the other one there.
class BadlyAdvisedGangTest : public AdviceTest {
 protected:
  Plan Badly(bool require) {
    for (const char* name : {"a", "b", "c"}) {
      NodeView node = NodeNamed(name);
      node.allocatable["cpu"] = kCore;
      grid_.SetNode(node);
    }
    TaskView choosy = TaskNamed("z", 1);
    choosy.node_name = "c";
    choosy.gang = Gang{"pair", 2};
    TaskView asking = Asking("g", Waiting(), require);
    asking.gang = Gang{"pair", 2};
    grid_.SetTask(asking);
    grid_.SetTask(choosy);
    Say(Decide(grid_, kNow).questions.at(0), "c");
    return Decide(grid_, kNow);
  }
};

TEST_F(BadlyAdvisedGangTest, IsPlacedWithoutTheAdvice) {
  const Plan plan = Badly(false);
  ASSERT_EQ(plan.bindings.size(), 2U);
  EXPECT_FALSE(plan.bindings[0].advice);
}

TEST_F(BadlyAdvisedGangTest, SaysSoWhereItRequiresAnAi) {
  const Plan plan = Badly(true);
  EXPECT_TRUE(plan.bindings.empty());
  EXPECT_NE(MessageFor(plan, "g").find("leave no room for all of gang pair"), std::string::npos);
  EXPECT_EQ(Decide(grid_, kNow + seconds(301)).questions.size(), 1U) << "advice grows old";
}

}  // namespace
}  // namespace noizy::scheduling
