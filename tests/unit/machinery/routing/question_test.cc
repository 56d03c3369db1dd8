#include "machinery/routing/question.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "machinery/value/json.h"

namespace noizy::routing {
namespace {

Terms Inference() {
  Terms terms;
  terms.policy = "inference";
  terms.generation = 3;
  terms.instructions = "Prefer the GPU for long prompts.";
  terms.temperature = 0.1;
  return terms;
}

Value Task() {
  return Object{{"type", "ai_inference"}, {"cpuMillis", 500}};
}

Offer On(std::string node, double seconds, int cores = 8) {
  return {std::move(node), seconds, Object{{"cores", cores}}};
}

std::string NodeOf(const Question& question, std::size_t place) {
  return question.nodes.at(place);
}

TEST(QuestionTest, KeepsTheBandAndAtMostFive) {
  const auto question =
      MakeQuestion(Inference(), Task(), {On("far", 12.6), On("best", 10), On("near", 12.5, 4)});
  ASSERT_TRUE(question);
  EXPECT_EQ(question->nodes.size(), 2);
  EXPECT_EQ(std::count(question->nodes.begin(), question->nodes.end(), "far"), 0);
  std::vector<Offer> many;
  for (int i = 0; i < 9; ++i) many.push_back(On("n" + std::to_string(i), 10 + i * 0.1, i));
  EXPECT_EQ(MakeQuestion(Inference(), Task(), many)->nodes.size(), kMostCandidates);
}

TEST(QuestionTest, AsksNothingWhenThereIsNothingToChoose) {
  EXPECT_FALSE(MakeQuestion(Inference(), Task(), {}));
  EXPECT_FALSE(MakeQuestion(Inference(), Task(), {On("a", 1)}));
  EXPECT_FALSE(MakeQuestion(Inference(), Task(), {On("a", 1), On("b", 2)}));
}

TEST(QuestionTest, ShowsNoNames) {
  const auto question =
      MakeQuestion(Inference(), Task(), {On("m2-ultra", 10), On("hp-omen", 11, 4)});
  const model::ChatRequest prompt = PromptOf(question->inputs);
  for (const char* name : {"m2-ultra", "hp-omen"}) {
    EXPECT_EQ(prompt.user.find(name), std::string::npos);
    EXPECT_EQ(prompt.system.find(name), std::string::npos);
  }
  EXPECT_NE(prompt.system.find("Prefer the GPU"), std::string::npos);
  EXPECT_EQ(prompt.user.find("Prefer the GPU"), std::string::npos);
  EXPECT_EQ(prompt.temperature, 0.1);
  EXPECT_NE(ToJson(prompt.answer_schema).find(R"(["c1","c2"])"), std::string::npos);
}

TEST(QuestionTest, IsTheSameWhateverTheNodesAreCalledAndTheirOrder) {
  const auto one = MakeQuestion(Inference(), Task(), {On("a", 10), On("b", 11, 4), On("c", 12, 2)});
  const auto two = MakeQuestion(Inference(), Task(), {On("z", 12, 2), On("y", 10), On("x", 11, 4)});
  EXPECT_EQ(ToJson(one->inputs), ToJson(two->inputs));
  const std::vector<std::pair<std::string, std::string>> renamed = {
      {"a", "y"}, {"b", "x"}, {"c", "z"}};
  for (std::size_t i = 0; i < one->nodes.size(); ++i) {
    const auto pair = std::find_if(renamed.begin(), renamed.end(), [&](const auto& names) {
      return names.first == NodeOf(*one, i);
    });
    EXPECT_EQ(NodeOf(*two, i), pair->second);
  }
}

TEST(QuestionTest, DoesNotTellTheBestByItsPlace) {
  int first = 0;
  for (int i = 0; i < 40; ++i) {
    Value task = Task();
    Set(task, {"cpuMillis"}, 100 * i);
    const auto question = MakeQuestion(Inference(), task, {On("best", 10), On("next", 11, 4)});
    if (NodeOf(*question, 0) == "best") ++first;
  }
  EXPECT_GT(first, 8);
  EXPECT_LT(first, 32);
}

TEST(PromptHashTest, ChangesWithEveryPart) {
  model::ChatRequest prompt;
  prompt.system = "ab";
  prompt.user = "c";
  const std::string hash = PromptHash(prompt);
  EXPECT_EQ(hash.size(), 64);
  prompt.system = "a";
  prompt.user = "bc";
  EXPECT_NE(PromptHash(prompt), hash);
}

}  // namespace
}  // namespace noizy::routing
