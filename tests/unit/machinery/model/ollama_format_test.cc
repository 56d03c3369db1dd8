#include <gtest/gtest.h>

#include "machinery/value/json.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {
namespace {

TEST(OllamaFormatTest, AsksForOneWholeAnswer) {
  ChatRequest chat;
  chat.system = "be brief";
  chat.user = "which?";
  chat.answer_schema = *ParseJson(R"({"type":"object"})");
  chat.max_tokens = 64;
  chat.temperature = 0.5;
  Provider provider;
  provider.model = "llama3.1:8b";
  const HttpRequest request = kOllamaFormat.encode(chat, provider);
  EXPECT_EQ(request.path, "/api/chat");
  EXPECT_TRUE(Equal(*ParseJson(request.body), *ParseJson(R"({"model":"llama3.1:8b","stream":false,
    "messages":[{"role":"system","content":"be brief"},{"role":"user","content":"which?"}],
    "format":{"type":"object"},"options":{"num_predict":64,"temperature":0.5}})")))
      << request.body;
}

TEST(OllamaFormatTest, ReadsAnswerAndCounts) {
  const auto read = Read(kOllamaFormat, Reply(200, R"({"model":"llama3.1:8b","done":true,
    "message":{"role":"assistant","content":"{}"},"done_reason":"stop",
    "prompt_eval_count":26,"eval_count":4,"total_duration":5043500667})"));
  const auto answer = std::get<ChatAnswer>(read);
  EXPECT_EQ(answer.text, "{}");
  EXPECT_EQ(answer.usage, (TokenUsage{26, 4}));
}

TEST(OllamaFormatTest, TellsUnusableRepliesApart) {
  EXPECT_EQ(FaultIn(Read(kOllamaFormat, Reply(200, R"({"done":false})"))), "Malformed");
  EXPECT_EQ(FaultIn(Read(kOllamaFormat, Reply(200, R"({"done":true,"done_reason":"length"})"))),
            "Truncated");
  EXPECT_EQ(FaultIn(Read(kOllamaFormat, Reply(200, R"({"done":true,"message":{}})"))), "Malformed");
  const auto error = std::get<ProviderError>(Read(
      kOllamaFormat, Reply(404, R"({"error":"model \"x\" not found, try pulling it first"})")));
  EXPECT_EQ(error.fault, Fault::kRequest);
  EXPECT_EQ(error.message, "model \"x\" not found, try pulling it first");
}

}  // namespace
}  // namespace noizy::model
