#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {
namespace {

constexpr std::string_view kAnswer = R"({"id":"chatcmpl-1","object":"chat.completion",
  "model":"gpt-5-mini-2026","choices":[{"index":0,"message":{"role":"assistant",
  "content":"{\"candidate\":\"c1\"}","refusal":null},"finish_reason":"stop"}],
  "usage":{"prompt_tokens":31,"completion_tokens":7,"total_tokens":38}})";

ChatRequest Question() {
  ChatRequest chat;
  chat.system = "be brief";
  chat.user = "which?";
  chat.answer_schema = *ParseJson(R"({"type":"object"})");
  chat.answer_name = "route";
  chat.max_tokens = 64;
  chat.temperature = 0.5;
  return chat;
}

Provider Gpt() {
  Provider provider;
  provider.name = "gpt";
  provider.api = "openai";
  provider.model = "gpt-5-mini";
  provider.api_key = "sk-1";
  return provider;
}

TEST(OpenAiFormatTest, AsksAsTheSdkDoes) {
  const HttpRequest request = kOpenAiFormat.encode(Question(), Gpt());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/chat/completions");
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "Bearer sk-1");
  EXPECT_TRUE(Equal(*ParseJson(request.body), *ParseJson(R"({"model":"gpt-5-mini",
    "messages":[{"role":"system","content":"be brief"},{"role":"user","content":"which?"}],
    "max_completion_tokens":64,"temperature":0.5,
    "response_format":{"type":"json_schema",
      "json_schema":{"name":"route","strict":true,"schema":{"type":"object"}}}})")))
      << request.body;
}

TEST(OpenAiFormatTest, SpeaksToLocalServersInTheOldWords) {
  Provider local = Gpt();
  local.base_url = "http://localhost:4000";
  local.api_key.clear();
  ChatRequest chat = Question();
  chat.temperature.reset();
  chat.answer_schema = nullptr;
  const HttpRequest request = kOpenAiFormat.encode(chat, local);
  const Value body = *ParseJson(request.body);
  EXPECT_EQ(IntAt(body, {"max_tokens"}), 64);
  EXPECT_EQ(Find(body, {"temperature"}), nullptr);
  EXPECT_EQ(Find(body, {"response_format"}), nullptr);
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "");
}

TEST(OpenAiFormatTest, ReadsAnAnswerAndItsUsage) {
  const auto answer = std::get<ChatAnswer>(Read(kOpenAiFormat, Reply(200, std::string(kAnswer))));
  EXPECT_EQ(answer.text, R"({"candidate":"c1"})");
  EXPECT_EQ(answer.usage, (TokenUsage{31, 7}));
  EXPECT_EQ(answer.model, "gpt-5-mini-2026");
}

TEST(OpenAiFormatTest, ReadsTheTextOfParts) {
  const auto read = Read(kOpenAiFormat, Reply(200, R"({"choices":[{"message":{"content":
      [{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]})"));
  EXPECT_EQ(std::get<ChatAnswer>(read).text, "ab");
}

TEST(OpenAiFormatTest, TellsUnusableRepliesApart) {
  struct Case {
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {"", "Malformed"},
      {"<html>bad gateway</html>", "Malformed"},
      {"[]", "Malformed"},
      {"{}", "Malformed"},
      {R"({"choices":[]})", "Malformed"},
      {R"({"choices":[{"message":{"content":null}}]})", "Malformed"},
      {R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}]})", "Malformed"},
      {R"({"choices":[{"message":{"content":"a)", "Malformed"},
      {R"({"choices":[{"message":{"content":"a"},"finish_reason":"length"}]})", "Truncated"},
      {R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})",
       "ContentRefused"},
      {R"({"choices":[{"message":{"content":null,"refusal":"I cannot"}}]})", "ContentRefused"},
      // An error that a proxy sends as a success.
      {R"({"error":{"message":"upstream died","code":"upstream"}})", "ServerError"},
      {R"({"error":{"message":"no","code":"insufficient_quota"}})", "QuotaExhausted"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultIn(Read(kOpenAiFormat, Reply(200, one.body))), one.fault) << one.body;
}

TEST(OpenAiFormatTest, DecidesByTheErrorsCode) {
  struct Case {
    int http;
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {429, R"({"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}})",
       "RateLimited"},
      {429, R"({"error":{"message":"pay","type":"insufficient_quota","code":null}})",
       "QuotaExhausted"},
      {429, R"({"error":{"message":"pay","type":"x","code":"credit_balance_exhausted"}})",
       "QuotaExhausted"},
      {400, R"({"error":{"message":"b","type":"budget_exceeded","code":"400"}})", "QuotaExhausted"},
      {401, R"({"error":{"message":"k","code":"invalid_api_key"}})", "CredentialsRefused"},
      {400, R"({"error":{"message":"c","code":"content_policy_violation"}})", "ContentRefused"},
      {404, R"({"error":{"message":"m","code":"model_not_found"}})", "RequestRefused"},
      {503, "overloaded", "Overloaded"},
      {500, R"({"error":"the runner crashed"})", "ServerError"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultIn(Read(kOpenAiFormat, Reply(one.http, one.body))), one.fault) << one.body;
}

TEST(OpenAiFormatTest, HeedsWhatTheServerSaysAboutTrying) {
  const auto error = std::get<ProviderError>(
      Read(kOpenAiFormat,
           Reply(500, R"({"error":"gone"})", {{"x-should-retry", "false"}, {"Retry-After", "3"}})));
  EXPECT_EQ(error.may_retry, false);
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
  EXPECT_EQ(error.message, "gone");
}

TEST(OpenAiFormatTest, KeepsAnErrorsWordsShort) {
  const auto error = std::get<ProviderError>(Read(
      kOpenAiFormat, Reply(500, R"({"error":{"message":")" + std::string(5000, 'x') + R"("}})")));
  EXPECT_EQ(error.message.size(), 500);
}

}  // namespace
}  // namespace noizy::model
