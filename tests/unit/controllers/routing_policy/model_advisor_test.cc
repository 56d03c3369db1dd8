#include "controllers/routing_policy/model_advisor.h"

#include <gtest/gtest.h>

#include "machinery/base/metrics.h"
#include "machinery/routing/record.h"
#include "tests/unit/controllers/routing_policy/world.h"

namespace noizy::routing_policy {
namespace {

struct Answered {
  bool called = false;
  Result<scheduling::Advice> advice = Internal("not asked");
  std::shared_ptr<const RoutingRecord> record;
};

class ModelAdvisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"m2-ultra", "hp-omen"}) {
      Node node;
      node.metadata.name = name;
      node.status.allocatable = {{"cpu", name == std::string("hp-omen") ? "16" : "24"}};
      world_.harness.api.Put(node.ToValue());
    }
    world_.harness.api.Put(AskingPolicy().ToValue());
    world_.harness.Settle();
  }

  scheduling::Question Question() {
    scheduling::Question question;
    question.policy = "inference";
    question.like.key = {"default", "t"};
    question.like.type = "ai_inference";
    question.candidates = {{"m2-ultra", 1, 10.0}, {"hp-omen", 1, 11.0}};
    question.deadline = std::chrono::milliseconds(1500);
    return question;
  }

  Answered Ask(const scheduling::Question& question) {
    Answered answered;
    world_.advisor->Ask(question, [&answered](scheduling::Reply reply) {
      answered = {true, std::move(reply.advice), std::move(reply.record)};
    });
    world_.RunElsewhere();
    return answered;
  }

  World world_;
};

TEST_F(ModelAdvisorTest, BringsTheModelsChoiceWithItsRecord) {
  const Answered answered = Ask(Question());
  ASSERT_TRUE(answered.advice.ok()) << answered.advice.status().ToString();
  EXPECT_EQ(answered.advice->node, answered.record->candidate_nodes[0]);
  EXPECT_EQ(answered.advice->decided_by, "local");
  EXPECT_EQ(answered.advice->model, "m-1");
  EXPECT_EQ(answered.advice->reason, "It has the GPU.");
  EXPECT_EQ(answered.advice->run_seconds, 30);
  EXPECT_EQ(answered.record->mode, "Wait");
  EXPECT_EQ(answered.record->outcome, "Followed");
  EXPECT_TRUE(routing::Replay(*answered.record).ok());
}

TEST_F(ModelAdvisorTest, ShowsFeaturesOfTheNodesAndNoNames) {
  std::string prompt;
  world_.answer = [&](const HttpRequest& request) {
    prompt = ToJson(Told(request));
    return Chose("c2");
  };
  EXPECT_TRUE(Ask(Question()).advice.ok());
  EXPECT_NE(prompt.find("\"cores\":24"), std::string::npos) << prompt;
  EXPECT_EQ(prompt.find("hp-omen"), std::string::npos);
  EXPECT_EQ(prompt.find("m2-ultra"), std::string::npos);
}

TEST_F(ModelAdvisorTest, AsksOnAnotherThread) {
  bool called = false;
  world_.advisor->Ask(Question(), [&](const auto&) { called = true; });
  EXPECT_FALSE(called);
  world_.RunElsewhere();
  EXPECT_TRUE(called);
}

TEST_F(ModelAdvisorTest, TellsWhyThereIsNoAdvice) {
  world_.answer = [](const HttpRequest&) { return Chose("c7"); };
  const Answered answered = Ask(Question());
  EXPECT_FALSE(answered.advice.ok());
  ASSERT_NE(answered.record, nullptr);
  EXPECT_EQ(answered.record->outcome, "AnswerInvalid");
  EXPECT_NE(answered.advice.status().message().find("none of the candidates"), std::string::npos);
}

TEST_F(ModelAdvisorTest, AnswersAtOnceWhenItCannotAsk) {
  scheduling::Question other = Question();
  other.policy = "unknown";
  EXPECT_TRUE(Ask(other).called);
  scheduling::Question alone = Question();
  alone.candidates.pop_back();
  EXPECT_TRUE(Ask(alone).called);
  world_.has_room = false;
  const Answered answered = Ask(Question());
  EXPECT_NE(answered.advice.status().message().find("too many"), std::string::npos);
}

TEST_F(ModelAdvisorTest, KeepsCircuitsAndSpendingOfTheSameModels) {
  world_.answer = [](const HttpRequest&) { return Unavailable("refused"); };
  Ask(Question());
  Ask(Question());
  EXPECT_EQ(world_.advisor->FiguresOf("inference").providers[0].circuit,
            model::CircuitBreaker::State::kOpen);
  world_.harness.Settle();  // the policy is looked at again
  EXPECT_EQ(world_.advisor->FiguresOf("inference").providers[0].last_error, "Unreachable: refused");
}

TEST_F(ModelAdvisorTest, MeasuresByPolicyAndProvider) {
  const MetricLabels policy = {{"policy", "inference"}};
  const MetricLabels provider = {{"policy", "inference"}, {"provider", "local"}};
  const Counter decisions("noizy_routing_decisions_total", "", policy);
  const Counter hits("noizy_routing_cache_hits_total", "", policy);
  const Counter timeouts("noizy_routing_fallbacks_total", "",
                         {{"policy", "inference"}, {"reason", "Timeout"}});
  const Counter input("noizy_routing_tokens_total", "",
                      {{"policy", "inference"}, {"provider", "local"}, {"direction", "input"}});
  const Gauge open("noizy_routing_circuit_open", "", provider);
  const double decided = decisions.Value();
  const double hit = hits.Value();
  const double read = input.Value();
  world_.advisor->NoteDecided({"inference", false, true, ""});
  world_.advisor->NoteDecided({"inference", true, false, "Timeout"});
  EXPECT_EQ(decisions.Value(), decided + 2);
  EXPECT_EQ(hits.Value(), hit + 1);
  EXPECT_EQ(timeouts.Value(), 1);
  Ask(Question());
  EXPECT_EQ(input.Value(), read + 300);
  EXPECT_EQ(open.Value(), 0);
  world_.answer = [](const HttpRequest&) { return Unavailable("refused"); };
  Ask(Question());
  Ask(Question());
  EXPECT_EQ(open.Value(), 1);
}

TEST_F(ModelAdvisorTest, MeasuresQuestionsTheirTimeAndTheirCost) {
  RoutingPolicy priced = AskingPolicy();
  priced.metadata.name = "priced";
  priced.spec.ai->providers.front().pricing = RoutingPricing{"3.00", "15.00"};
  world_.harness.api.Put(priced.ToValue());
  world_.harness.Settle();
  scheduling::Question question = Question();
  question.policy = "priced";
  const auto asked = [](const char* outcome) {
    return Counter("noizy_routing_questions_total", "",
                   {{"policy", "priced"}, {"outcome", outcome}})
        .Value();
  };
  const Counter dollars("noizy_routing_cost_dollars_total", "",
                        {{"policy", "priced"}, {"provider", "local"}});
  const Counter output("noizy_routing_tokens_total", "",
                       {{"policy", "priced"}, {"provider", "local"}, {"direction", "output"}});
  Ask(question);
  EXPECT_EQ(asked("Answered"), 1);
  EXPECT_EQ(output.Value(), 40);
  EXPECT_NEAR(dollars.Value(), 300 * 3e-6 + 40 * 15e-6, 1e-12);
  world_.answer = [](const HttpRequest&) {
    HttpReply refusal;
    refusal.code = 401;
    return refusal;
  };
  Ask(question);
  EXPECT_EQ(asked("CredentialsRefused"), 1);
  EXPECT_EQ(asked("Answered"), 1);
  EXPECT_NEAR(dollars.Value(), 300 * 3e-6 + 40 * 15e-6, 1e-12) << "a refusal costs nothing";
  EXPECT_NE(MetricsText().find(
                "noizy_routing_call_seconds_count{policy=\"priced\",provider=\"local\"} 2"),
            std::string::npos);
}

TEST_F(ModelAdvisorTest, CountsWhatTheSchedulerDecided) {
  world_.advisor->NoteDecided({"inference", false, false});
  world_.advisor->NoteDecided({"inference", false, true});
  world_.advisor->NoteDecided({"inference", true, false});
  const PolicyFigures figures = world_.advisor->FiguresOf("inference");
  EXPECT_EQ(figures.decisions, 3);
  EXPECT_EQ(figures.fallbacks, 1);
  EXPECT_EQ(figures.cache_hits, 1);
  world_.advisor->Forget("inference");
  EXPECT_EQ(world_.advisor->FiguresOf("inference").decisions, 0);
}

}  // namespace
}  // namespace noizy::routing_policy
