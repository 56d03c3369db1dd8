#include "machinery/diagnosis/answer.h"

#include <gtest/gtest.h>

#include "machinery/diagnosis/report.h"
#include "machinery/value/json.h"

namespace noizy::diagnosis {
namespace {

Value Good() {
  return Object{{"rootCause", "The disk is full."},
                {"recommendedActions", Array{"Make room.", "Run it again."}},
                {"riskLevel", 4},
                {"confidence", "high"}};
}

Result<Answer> With(std::string_view member, Value value) {
  Value document = Good();
  Set(document, {member}, std::move(value));
  return ReadAnswer(ToJson(document));
}

TEST(DiagnosisAnswer, IsReadAsItIs) {
  const auto answer = ReadAnswer(ToJson(Good()));
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->root_cause, "The disk is full.");
  EXPECT_EQ(answer->recommended_actions, (std::vector<std::string>{"Make room.", "Run it again."}));
  EXPECT_EQ(answer->risk_level, 4);
  EXPECT_EQ(answer->confidence, "high");
  EXPECT_TRUE(Equal(ToObject(*answer), Good()));
}

TEST(DiagnosisAnswer, LineEndsBecomeSpaces) {
  const auto answer = With("rootCause", "One.\nTwo.");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->root_cause, "One. Two.");
}

TEST(DiagnosisAnswer, NothingElseIsAnAnswer) {
  const Array many(kMostActions + 1, Value("x"));
  const std::pair<const char*, Value> kCases[] = {{"rootCause", ""},
                                                  {"rootCause", " \n"},
                                                  {"rootCause", 7},
                                                  {"rootCause", "escape \x1b[31m"},
                                                  {"rootCause", Value(std::string(2000, 'x'))},
                                                  {"recommendedActions", "Make room."},
                                                  {"recommendedActions", Array{1}},
                                                  {"recommendedActions", many},
                                                  {"riskLevel", 0},
                                                  {"riskLevel", 11},
                                                  {"riskLevel", 4.5},
                                                  {"riskLevel", "4"},
                                                  {"confidence", "certain"},
                                                  {"more", "of it"}};
  for (const auto& [member, value] : kCases)
    EXPECT_FALSE(With(member, value).ok()) << member << " " << ToJson(value);
  for (const std::string& raw :
       {std::string(), std::string("[]"), std::string("It is the disk."), "```" + ToJson(Good()),
        ToJson(Good()) + " That is it.", std::string(kMostAnswerBytes + 1, ' ')})
    EXPECT_FALSE(ReadAnswer(raw).ok()) << raw;
  std::string twice = ToJson(Good());
  twice.insert(1, R"("riskLevel":1,)");
  EXPECT_FALSE(ReadAnswer(twice).ok());
}

TEST(DiagnosisReport, IsReadAsItWasWritten) {
  Report report;
  report.answer = *ReadAnswer(ToJson(Good()));
  report.policy = "p";
  report.provider = "local";
  report.model = "m";
  report.time = "2026-11-22T10:00:00Z";
  report.phase = "Failed";
  report.prompt_hash = "ab";
  report.latency_ms = 12;
  report.input_tokens = 300;
  report.output_tokens = 40;
  const auto read = ReadReport(ToText(report));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(*read, report);
}

TEST(DiagnosisReport, AnErrorIsOneToo) {
  Report report;
  report.error = "Timeout: no answer";
  report.policy = "p";
  EXPECT_EQ(*ReadReport(ToText(report)), report);
  EXPECT_FALSE(ReadReport("{}").ok());
  EXPECT_FALSE(ReadReport("x").ok());
}

}  // namespace
}  // namespace noizy::diagnosis
