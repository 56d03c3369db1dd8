#include "machinery/routing/record.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::routing {
namespace {

Question TwoNodes() {
  Terms terms;
  terms.policy = "p";
  return *MakeQuestion(terms, Object{{"type", "exec"}},
                       {{"a", 10, Object{{"cores", 8}}}, {"b", 11, Object{{"cores", 4}}}});
}

std::string Choosing(const std::string& id) {
  return R"({"candidate":")" + id +
         R"(","taskClass":"build","estimate":"1 to 10 s","confidence":"low","reason":"It is near."})";
}

model::Outcome Answered(std::string text) {
  model::Outcome outcome;
  outcome.answer = model::ChatAnswer{std::move(text), {40, 9}, "m-1"};
  outcome.provider = "local";
  outcome.usage = {40, 9};
  outcome.nanodollars = 1'500'000;
  outcome.latency = std::chrono::milliseconds(63);
  return outcome;
}

TEST(RecordTest, TellsWhatWasAskedAndAnswered) {
  const Question question = TwoNodes();
  const RoutingRecord record = RecordOf(question, Answered(Choosing("c2")), "Wait", "Followed");
  EXPECT_EQ(record.mode, "Wait");
  EXPECT_EQ(record.outcome, "Followed");
  EXPECT_EQ(record.message, "It is near.");
  EXPECT_EQ(record.answer_node, question.nodes[1]);
  EXPECT_EQ(record.candidate_nodes, question.nodes);
  EXPECT_EQ(record.provider, "local");
  EXPECT_EQ(record.model, "m-1");
  EXPECT_EQ(record.task_class, "build");
  EXPECT_EQ(record.estimate_seconds, 3);
  EXPECT_EQ(record.latency_ms, 63);
  EXPECT_EQ(record.input_tokens, 40);
  EXPECT_EQ(record.cost_usd, "0.0015");
  EXPECT_EQ(record.inputs_hash.size(), 64);
}

TEST(RecordTest, TellsWhyThereIsNoAnswer) {
  model::Outcome outcome;
  outcome.reason = "AnswerInvalid";
  outcome.message = "local: 200: the model's answer is no JSON";
  outcome.refused_text = std::string(9000, 'x');
  const RoutingRecord record = RecordOf(TwoNodes(), outcome, "Advise", "Late");
  EXPECT_EQ(record.outcome, "AnswerInvalid");
  EXPECT_EQ(record.answer_node, "");
  EXPECT_LT(record.raw_answer.size(), 5000);
  EXPECT_TRUE(Replay(record).ok()) << Replay(record).ToString();
}

TEST(ReplayTest, RepeatsEveryKindOfDecision) {
  for (const char* done : {"Followed", "Recorded", "Late"}) {
    const RoutingRecord record = RecordOf(TwoNodes(), Answered(Choosing("c1")), "Wait", done);
    EXPECT_TRUE(Replay(record).ok()) << Replay(record).ToString();
  }
  model::Outcome silent;
  silent.reason = "Timeout";
  EXPECT_TRUE(Replay(RecordOf(TwoNodes(), silent, "Wait", "Followed")).ok());
}

TEST(ReplayTest, SeesWhatWasChanged) {
  const RoutingRecord good = RecordOf(TwoNodes(), Answered(Choosing("c1")), "Wait", "Followed");
  RoutingRecord inputs = good;
  inputs.inputs += " ";
  RoutingRecord prompt = good;
  prompt.prompt_hash = std::string(64, '0');
  RoutingRecord node = good;
  node.answer_node = good.candidate_nodes[1];
  RoutingRecord answer = good;
  answer.raw_answer = Choosing("c2");
  RoutingRecord garbage = good;
  garbage.raw_answer = "c1";
  RoutingRecord fewer = good;
  fewer.candidate_nodes.pop_back();
  RoutingRecord classes = good;
  classes.task_class = "media";
  RoutingRecord accepted = good;
  accepted.outcome = "AnswerInvalid";
  for (const RoutingRecord& record :
       {inputs, prompt, node, answer, garbage, fewer, classes, accepted})
    EXPECT_FALSE(Replay(record).ok());
}

}  // namespace
}  // namespace noizy::routing
