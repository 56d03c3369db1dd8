#include "controllers/routing_policy/advice.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::routing_policy {
namespace {

std::shared_ptr<const Node> Known(const std::string& name) {
  if (name == "gone") return nullptr;
  auto node = std::make_shared<Node>();
  node->metadata.name = name;
  node->status.allocatable = {{"cpu", name == "big" ? "32" : "4"}};
  return node;
}

scheduling::Question Asked(std::vector<scheduling::Candidate> candidates) {
  scheduling::Question asked;
  asked.like.type = "exec";
  asked.candidates = std::move(candidates);
  return asked;
}

model::Outcome Answered(std::string text) {
  model::Outcome outcome;
  outcome.provider = "local";
  outcome.latency = std::chrono::milliseconds(40);
  outcome.answer = model::ChatAnswer{std::move(text), {300, 40}, "m-1"};
  return outcome;
}

TEST(Advice, AsksAboutWhatIsKnownOfTheNodes) {
  const auto question =
      QuestionOf(Asked({{"big", 0, 10}, {"gone", 0, 11}}), {}, "Features", nullptr, Known);
  ASSERT_TRUE(question);
  const std::size_t big = question->nodes[0] == "big" ? 0 : 1;
  const Array& candidates = *ArrayAt(question->inputs, {"candidates"});
  EXPECT_EQ(Find(candidates[big], {"cores"})->as_int64(), 32);
  EXPECT_EQ(Find(candidates[1 - big], {"cores"}), nullptr);
}

TEST(Advice, OneNodeIsNoQuestion) {
  EXPECT_FALSE(QuestionOf(Asked({{"big", 0, 10}}), {}, "Features", nullptr, Known));
}

TEST(Advice, AnAnswerIsTheNodeBehindItsId) {
  const auto question =
      QuestionOf(Asked({{"big", 0, 10}, {"small", 0, 11}}), {}, "Features", nullptr, Known);
  const model::Outcome outcome = Answered(ToJson(Object{{"candidate", "c2"},
                                                        {"taskClass", "build"},
                                                        {"estimate", "1 to 10 s"},
                                                        {"confidence", "high"},
                                                        {"reason", "It is larger"}}));
  EXPECT_TRUE(AcceptFor(*question)(*outcome.answer).ok());
  const scheduling::Reply reply = ReplyOf(*question, outcome, "Wait");
  ASSERT_TRUE(reply.advice.ok());
  EXPECT_EQ(reply.advice->node, question->nodes[1]);
  EXPECT_EQ(reply.advice->decided_by, "local");
  EXPECT_EQ(reply.advice->model, "m-1");
  EXPECT_EQ(reply.advice->latency_ms, 40);
  EXPECT_EQ(reply.record->outcome, "Followed");
  EXPECT_EQ(ReplyOf(*question, outcome, "Shadow").record->outcome, "Recorded");
}

TEST(Advice, AnythingElseIsNone) {
  const auto question =
      QuestionOf(Asked({{"big", 0, 10}, {"small", 0, 11}}), {}, "Features", nullptr, Known);
  EXPECT_FALSE(AcceptFor(*question)({"c1", {}, "m"}).ok());
  model::Outcome outcome;
  outcome.reason = "AnswerInvalid";
  outcome.refused_text = "c1";
  const scheduling::Reply reply = ReplyOf(*question, outcome, "Wait");
  EXPECT_FALSE(reply.advice.ok());
  EXPECT_EQ(reply.record->outcome, "AnswerInvalid");
  EXPECT_EQ(reply.record->raw_answer, "c1");
}

}  // namespace
}  // namespace noizy::routing_policy
