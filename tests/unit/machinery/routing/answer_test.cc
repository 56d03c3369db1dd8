#include "machinery/routing/answer.h"

#include <gtest/gtest.h>

#include "machinery/base/random.h"
#include "machinery/value/json.h"

namespace noizy::routing {
namespace {

Value Good() {
  return Object{{"candidate", "c2"},
                {"taskClass", "inference"},
                {"estimate", "10 to 100 s"},
                {"confidence", "high"},
                {"reason", "It has the model loaded."}};
}

TEST(ReadAnswerTest, ReadsAnAnswerOfTheSchema) {
  const auto answer = ReadAnswer(ToJson(Good()), 2);
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->candidate, 1);
  EXPECT_EQ(answer->task_class, "inference");
  EXPECT_EQ(answer->estimate_seconds, 30);
  EXPECT_EQ(answer->confidence, "high");
  EXPECT_EQ(answer->reason, "It has the model loaded.");
}

TEST(ReadAnswerTest, RefusesEverythingElse) {
  const std::string long_text(5000, 'x');
  const auto with = [](std::string_view member, Value value) {
    Value answer = Good();
    Set(answer, {member}, std::move(value));
    return ToJson(answer);
  };
  Value incomplete = Good();
  Remove(incomplete, {"reason"});
  const std::vector<std::string> cases = {
      "",
      "c2",
      "[]",
      "null",
      "```json\n" + ToJson(Good()) + "\n```",
      ToJson(Good()) + " c1",
      ToJson(incomplete),
      with("candidate", "c3"),
      with("candidate", "c0"),
      with("candidate", "c02"),
      with("candidate", "hp-omen"),
      with("candidate", "c"),
      with("candidate", "c99999999999999999999"),
      with("candidate", 2),
      with("candidate", Array{"c1"}),
      with("taskClass", "ransom"),
      with("estimate", "soon"),
      with("confidence", "very"),
      with("extra", "x"),
      with("reason", Value(long_text.substr(0, 201))),
      with("reason", "a\nb"),
      with("reason", nullptr),
      with("reason", Value(long_text)),
      R"({"candidate":"c1","candidate":"c2","taskClass":"other","estimate":"under 1 s","confidence":"low","reason":""})"};
  for (const std::string& raw : cases) EXPECT_FALSE(ReadAnswer(raw, 2).ok()) << raw.substr(0, 200);
}

TEST(ReadAnswerTest, CountsAReasonsCharactersAndNotItsBytes) {
  Value answer = Good();
  std::string reason;
  for (int i = 0; i < 200; ++i) reason += "ü";
  Set(answer, {"reason"}, Value(reason));
  EXPECT_TRUE(ReadAnswer(ToJson(answer), 2).ok());
}

// Whatever comes, the choice is one of those that were offered.
TEST(ReadAnswerTest, NeverLeavesTheCandidates) {
  SeededRandom random(11);
  const std::string good = ToJson(Good());
  for (int i = 0; i < 20'000; ++i) {
    std::string raw = good;
    for (std::uint64_t n = random.Below(4); n > 0; --n)
      raw[random.Below(raw.size())] = static_cast<char>(random.Below(256));
    const std::size_t candidates = 1 + random.Below(5);
    const auto answer = ReadAnswer(raw, candidates);
    ASSERT_TRUE(!answer.ok() || answer->candidate < candidates) << raw;
  }
}

TEST(AnswerSchemaTest, NamesTheIdsAndNothingOpen) {
  const Value schema = AnswerSchema({"c1", "c2"});
  EXPECT_FALSE(BoolAt(schema, {"additionalProperties"}));
  EXPECT_EQ(ArrayAt(schema, {"required"})->size(), 5);
  EXPECT_EQ(ToJson(*ArrayAt(schema, {"properties", "candidate", "enum"})), R"(["c1","c2"])");
}

}  // namespace
}  // namespace noizy::routing
