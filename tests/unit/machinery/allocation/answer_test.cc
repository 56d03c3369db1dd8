#include "machinery/allocation/answer.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::allocation {
namespace {

Value Good() {
  return Object{{"t1", "c2"}, {"t2", "none"}, {"confidence", "low"}, {"reason", "Room."}};
}

Result<Answer> With(std::string_view member, Value value) {
  Value document = Good();
  Set(document, {member}, std::move(value));
  return ReadAnswer(ToJson(document), 2, 2);
}

TEST(AllocationAnswer, IsReadAsItIs) {
  const auto answer = ReadAnswer(ToJson(Good()), 2, 2);
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->nodes, (std::vector<std::optional<std::size_t>>{1, std::nullopt}));
  EXPECT_EQ(answer->confidence, "low");
  EXPECT_EQ(answer->reason, "Room.");
}

TEST(AllocationAnswer, NothingElseIsAnAnswer) {
  const std::pair<const char*, Value> kCases[] = {
      {"t1", "c3"},      {"t1", "c0"},
      {"t1", "C1"},      {"t1", ""},
      {"t1", 1},         {"t1", nullptr},
      {"t3", "c1"},      {"confidence", "sure"},
      {"reason", 7},     {"reason", "\x1b["},
      {"more", "of it"}, {"reason", Value(std::string(700, 'x'))}};
  for (const auto& [member, value] : kCases)
    EXPECT_FALSE(With(member, value).ok()) << member << " " << ToJson(value);
  for (const std::string& raw :
       {std::string(), std::string("[]"), "```" + ToJson(Good()), ToJson(Good()) + " So.",
        std::string(R"({"t1":"c1","t1":"c2","t2":"c1","confidence":"low","reason":""})"),
        std::string(kMostAnswerBytes + 1, ' ')})
    EXPECT_FALSE(ReadAnswer(raw, 2, 2).ok()) << raw;
  EXPECT_FALSE(ReadAnswer(ToJson(Good()), 3, 2).ok());
}

TEST(AllocationAnswer, TheSchemaOffersEachTaskItsOwnNodes) {
  const Value schema = AnswerSchema({{0, 2}, {1}});
  EXPECT_EQ(ToJson(*Find(schema, {"properties", "t1", "enum"})), R"(["c1","c3","none"])");
  EXPECT_EQ(ToJson(*Find(schema, {"properties", "t2", "enum"})), R"(["c2","none"])");
  EXPECT_EQ(ToJson(*Find(schema, {"required"})), R"(["t1","t2","confidence","reason"])");
}

}  // namespace
}  // namespace noizy::allocation
