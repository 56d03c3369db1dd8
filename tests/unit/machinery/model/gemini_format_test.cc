#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {
namespace {

TEST(GeminiFormatTest, AsksAsTheSdkDoes) {
  ChatRequest chat;
  chat.system = "be brief";
  chat.user = "which?";
  chat.answer_schema = *ParseJson(R"({"type":"object"})");
  chat.max_tokens = 64;
  chat.temperature = 0.25;
  Provider provider;
  provider.model = "gemini-x";
  provider.api_key = "AIza";
  HttpRequest request = kGeminiFormat.encode(chat, provider);
  EXPECT_EQ(request.path, "/models/gemini-x:generateContent");
  EXPECT_EQ(FindHeader(request.headers, "x-goog-api-key"), "AIza");
  EXPECT_TRUE(Equal(*ParseJson(request.body), *ParseJson(R"({
    "systemInstruction":{"parts":[{"text":"be brief"}]},
    "contents":[{"role":"user","parts":[{"text":"which?"}]}],
    "generationConfig":{"maxOutputTokens":64,"temperature":0.25,
      "responseMimeType":"application/json","responseJsonSchema":{"type":"object"}}})")))
      << request.body;
  provider.model = "tunedModels/mine";
  EXPECT_EQ(kGeminiFormat.encode(chat, provider).path, "/tunedModels/mine:generateContent");
}

TEST(GeminiFormatTest, ReadsTheAnswerWithoutItsThoughts) {
  const auto read = Read(kGeminiFormat, Reply(200, R"({"candidates":[{"content":{"role":"model",
    "parts":[{"text":"hm","thought":true},{"text":"{}"}]},"finishReason":"STOP"}],
    "usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2,"thoughtsTokenCount":5},
    "modelVersion":"gemini-x-001"})"));
  const auto answer = std::get<ChatAnswer>(read);
  EXPECT_EQ(answer.text, "{}");
  EXPECT_EQ(answer.usage, (TokenUsage{9, 7}));
  EXPECT_EQ(answer.model, "gemini-x-001");
}

TEST(GeminiFormatTest, TellsUnusableRepliesApart) {
  struct Case {
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {R"({"promptFeedback":{"blockReason":"SAFETY"}})", "ContentRefused"},
      {R"({"candidates":[]})", "Malformed"},
      {R"({"candidates":[{"finishReason":"SAFETY"}]})", "ContentRefused"},
      {R"({"candidates":[{"finishReason":"MAX_TOKENS"}]})", "Truncated"},
      {R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]})", "Malformed"},
      {R"({"candidates":[{"finishReason":"STOP","content":{"parts":[]}}]})", "Malformed"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultIn(Read(kGeminiFormat, Reply(200, one.body))), one.fault) << one.body;
}

TEST(GeminiFormatTest, TellsADaysQuotaFromAMoments) {
  const auto limited = std::get<ProviderError>(Read(kGeminiFormat, Reply(429, R"({"error":{
    "code":429,"status":"RESOURCE_EXHAUSTED","message":"slow","details":[
    {"@type":"type.googleapis.com/google.rpc.QuotaFailure",
     "violations":[{"quotaId":"GenerateRequestsPerMinutePerProject"}]},
    {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}]}})",
                                                                         {{"Retry-After", "9"}})));
  EXPECT_EQ(limited.fault, Fault::kRateLimited);
  EXPECT_EQ(limited.retry_after, std::chrono::seconds(3));
  const auto spent = Read(kGeminiFormat, Reply(429, R"({"error":{"status":"RESOURCE_EXHAUSTED",
    "details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject-FreeTier"}]}]}})"));
  EXPECT_EQ(FaultIn(spent), "QuotaExhausted");
}

TEST(GeminiFormatTest, DecidesByTheErrorsStatus) {
  struct Case {
    int http;
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {400, R"({"error":{"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
       "CredentialsRefused"},
      {400, R"({"error":{"status":"INVALID_ARGUMENT"}})", "RequestRefused"},
      {503, R"({"error":{"status":"UNAVAILABLE"}})", "Overloaded"},
      {504, R"({"error":{"status":"DEADLINE_EXCEEDED"}})", "Timeout"},
      {403, R"({"error":{"status":"PERMISSION_DENIED"}})", "CredentialsRefused"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultIn(Read(kGeminiFormat, Reply(one.http, one.body))), one.fault) << one.body;
}

}  // namespace
}  // namespace noizy::model
