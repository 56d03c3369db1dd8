#include "nodeagent/inference/inference_request.h"

#include "tests/unit/machinery/os/scratch.h"

namespace noizy::nodeagent {
namespace {

using model::ChatRequest;
using model::ChatTurn;
using Speaker = ChatTurn::Speaker;

TEST(InferenceRequestTest, IsReadAsItWasWritten) {
  const ScratchFolder scratch;
  v1::Inference inference;
  inference.set_model("m:1b");
  inference.set_prompt("hi \"there\"\n");
  InferenceRequest request = RequestOf(inference, "http://127.0.0.1:1");
  ASSERT_TRUE(WriteInferenceRequest(scratch.path(), request).ok());
  auto read = ReadInferenceRequest(scratch.path());
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->server_url, "http://127.0.0.1:1");
  EXPECT_EQ(read->model, "m:1b");
  EXPECT_EQ(read->chat.user, "hi \"there\"\n");
  EXPECT_EQ(read->chat.system, "");
  EXPECT_EQ(read->chat.max_tokens, 0);
  EXPECT_FALSE(read->chat.temperature);
  inference.set_system("be brief");
  inference.set_max_tokens(9);
  inference.set_temperature(0);
  ASSERT_TRUE(WriteInferenceRequest(scratch.path(), RequestOf(inference, "u")).ok());
  read = ReadInferenceRequest(scratch.path());
  EXPECT_EQ(read->chat.system, "be brief");
  EXPECT_EQ(read->chat.max_tokens, 9);
  EXPECT_EQ(read->chat.temperature, 0);
}

ChatRequest With(const std::string& payload) {
  ChatRequest chat;
  chat.system = "s";
  chat.user = "p";
  const Status added = AddPayload(payload, chat);
  EXPECT_TRUE(added.ok()) << added.ToString();
  return chat;
}

TEST(AddPayloadTest, PutsATextBehindThePrompt) {
  EXPECT_EQ(With("").user, "p");
  EXPECT_EQ(With("the log").user, "p\n\nthe log");
  EXPECT_EQ(With(R"({"prompt": "the log"})").user, "p\n\nthe log");
  EXPECT_EQ(With("{\"a\": 1}").user, "p\n\n{\"a\": 1}") << "any other JSON is a text";
  EXPECT_EQ(With("[1, 2").user, "p\n\n[1, 2");
}

TEST(AddPayloadTest, PutsAConversationBeforeThePrompt) {
  const ChatRequest chat = With(R"({"messages": [{"role": "system", "content": "t"},
      {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]})");
  EXPECT_EQ(chat.system, "s\n\nt");
  EXPECT_EQ(chat.user, "p");
  EXPECT_EQ(chat.earlier, (std::vector<ChatTurn>{{Speaker::kUser, "a"}, {Speaker::kModel, "b"}}));
}

TEST(AddPayloadTest, RefusesMessagesThatAreNone) {
  for (const char* payload : {R"({"messages": [{"role": "user"}]})", R"({"messages": ["hi"]})",
                              R"({"messages": [{"role": "tool", "content": "x"}]})"}) {
    ChatRequest chat;
    EXPECT_EQ(AddPayload(payload, chat).reason(), StatusReason::kBadRequest) << payload;
  }
}

}  // namespace
}  // namespace noizy::nodeagent
