#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {
namespace {

Provider Claude() {
  Provider provider;
  provider.name = "claude";
  provider.api = "anthropic";
  provider.model = "claude-x";
  provider.api_key = "sk-ant";
  return provider;
}

TEST(AnthropicFormatTest, AsksAsTheSdkDoes) {
  ChatRequest chat;
  chat.system = "be brief";
  chat.user = "which?";
  chat.answer_schema = *ParseJson(R"({"type":"object"})");
  chat.max_tokens = 64;
  const HttpRequest request = kAnthropicFormat.encode(chat, Claude());
  EXPECT_EQ(request.path, "/v1/messages");
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), "Bearer sk-ant");
  EXPECT_EQ(FindHeader(request.headers, "anthropic-version"), "2026-10-21");
  EXPECT_TRUE(Equal(*ParseJson(request.body), *ParseJson(R"({"model":"claude-x","max_tokens":64,
    "system":"be brief","messages":[{"role":"user","content":"which?"}],
    "output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}})")))
      << request.body;
}

TEST(AnthropicFormatTest, SendsAnOlderVersionWhereAProxyWantsIt) {
  Provider proxy = Claude();
  proxy.api_version = "2023-06-01";
  const HttpRequest request = kAnthropicFormat.encode({}, proxy);
  EXPECT_EQ(FindHeader(request.headers, "anthropic-version"), "2023-06-01");
}

TEST(AnthropicFormatTest, ReadsTheTextBlocks) {
  const auto read = Read(kAnthropicFormat, Reply(200, R"({"type":"message","model":"claude-x-1",
    "content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"{}"}],
    "stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":3}})"));
  const auto answer = std::get<ChatAnswer>(read);
  EXPECT_EQ(answer.text, "{}");
  EXPECT_EQ(answer.usage, (TokenUsage{12, 3}));
  EXPECT_EQ(answer.model, "claude-x-1");
}

TEST(AnthropicFormatTest, TellsUnusableRepliesApart) {
  struct Case {
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {"{}", "Malformed"},
      {R"({"content":[],"stop_reason":"end_turn"})", "Malformed"},
      {R"({"content":[],"stop_reason":"refusal"})", "ContentRefused"},
      {R"({"content":[{"type":"text","text":"a"}],"stop_reason":"max_tokens"})", "Truncated"},
      {R"({"content":[],"stop_reason":"model_context_window_exceeded"})", "Truncated"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultIn(Read(kAnthropicFormat, Reply(200, one.body))), one.fault) << one.body;
}

std::string ErrorBody(const std::string& type, const std::string& message) {
  return R"({"type":"error","error":{"type":")" + type + R"(","message":")" + message + R"("}})";
}

TEST(AnthropicFormatTest, DecidesByTheErrorsType) {
  struct Case {
    int http;
    std::string type;
    std::string message;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {529, "overloaded_error", "Overloaded", "Overloaded"},
      {429, "rate_limit_error", "slow down", "RateLimited"},
      {429, "rate_limit_error", "this workspace has reached its spend limit", "QuotaExhausted"},
      {400, "invalid_request_error", "Your credit balance is too low", "QuotaExhausted"},
      {400, "invalid_request_error", "max_tokens: required", "RequestRefused"},
      {402, "billing_error", "pay", "QuotaExhausted"},
      {401, "authentication_error", "invalid x-api-key", "CredentialsRefused"},
      {404, "not_found_error", "model", "RequestRefused"},
      {500, "api_error", "oops", "ServerError"},
      {504, "timeout_error", "late", "Timeout"},
  };
  for (const Case& one : cases) {
    const auto read = Read(kAnthropicFormat, Reply(one.http, ErrorBody(one.type, one.message)));
    EXPECT_EQ(FaultIn(read), one.fault) << one.type << " " << one.message;
  }
}

}  // namespace
}  // namespace noizy::model
