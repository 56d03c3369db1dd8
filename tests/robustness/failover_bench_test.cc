// The sixteen scenarios of Failover Bench (github.com/failoverbench/failoverbench, catalogue 0.1 of
// 2026), under its numbers, with its checks, the required and the advisory ones; its seconds are
// shortened. A decision's question is answered whole or not at all, so that what the catalogue does
// to a stream happens to the body here; S11 is of streams alone and is met by one. The rest of what
// providers do is in model_fault_wall_test.cc.
//
// Links: machinery_model
#include <gtest/gtest.h>

#include "machinery/model/chat_stream.h"
#include "tests/robustness/model_client_fixture.h"

namespace noizy::model {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;

std::string AnswerOf(const std::string& model) {
  return R"({"model":")" + model +
         R"(","choices":[{"message":{"content":"the whole answer"},"finish_reason":"stop"}],)" +
         R"("usage":{"prompt_tokens":11,"completion_tokens":60}})";
}

constexpr std::string_view kPrimary = "p1", kFallback = "p2";

const std::string kWhole = Http("200 OK", AnswerOf("primary"));
const std::string kBusy = Http("503 Busy", R"({"error":{"message":"overloaded"}})");

class FailoverBench : public ModelClientTest {
 protected:
  void Use(const Wall::Behaviour& fault) { primary_ = std::make_unique<Wall>(fault); }

  ModelClient& Client(bool with_fallback) {
    std::vector<std::string> urls = {primary_->url()};
    if (with_fallback) urls.push_back(fallback_.url());
    return ClientOf(urls, 3);
  }

  /// no_hang, complete and no_truncated_success, for every call.
  Outcome Ask(ModelClient& client) {
    Outcome outcome = ModelClientTest::Ask(client);
    if (outcome.answer) {
      EXPECT_EQ(outcome.answer->text, "the whole answer");
    }
    return outcome;
  }

  /// The fallback answers, and the primary is asked so often, at most.
  Outcome ExpectFallback(int most = 6) {
    Outcome outcome = Ask(Client(true));
    EXPECT_TRUE(outcome.answer) << outcome.message;
    EXPECT_EQ(outcome.provider, kFallback);
    EXPECT_LE(primary_->requests(), most);
    return outcome;
  }

  /// alive_after
  void ExpectAlive() { EXPECT_TRUE(Ask(*client_).answer); }

  std::unique_ptr<Wall> primary_;
  Wall fallback_{Always(Http("200 OK", AnswerOf("fallback")))};
};

TEST_F(FailoverBench, S01TooManyRequestsWithRetryAfter) {
  std::atomic<MonotonicTime> first{}, second{};
  Use([&](tcp::socket& socket, int number) {
    (number == 0 ? first : second) = RealClock::Instance().Monotonic();
    Send(socket, number == 0 ? Http("429 Slow", "{}", "Retry-After: 0.4\r\n") : kWhole);
  });
  EXPECT_TRUE(Ask(Client(false)).answer);
  EXPECT_EQ(primary_->requests(), 2);
  EXPECT_GE(second.load() - first.load(), milliseconds(360));
}

TEST_F(FailoverBench, S02TooManyRequestsPersistent) {
  Use(Always(Http("429 Slow", "{}")));
  ExpectFallback(4);
}

TEST_F(FailoverBench, S03ServerErrorOnceThenHealthy) {
  Use([](tcp::socket& socket, int number) {
    Send(socket, number == 0 ? Http("500 No", "{}") : kWhole);
  });
  EXPECT_TRUE(Ask(Client(false)).answer);
  EXPECT_EQ(primary_->requests(), 2);
}

TEST_F(FailoverBench, S04UnavailablePersistent) {
  Use(Always(kBusy));
  ExpectFallback();
  const Outcome nowhere = Ask(Client(false));
  EXPECT_FALSE(nowhere.answer);
  EXPECT_NE(nowhere.message.find("overloaded"), std::string::npos) << nowhere.message;
}

TEST_F(FailoverBench, S05ResetBeforeHeaders) {
  const auto reset = [](tcp::socket& socket, int number) {
    if (number > 0) return Send(socket, kWhole);
    socket.set_option(boost::asio::socket_base::linger(true, 0));
    socket.close();
  };
  Use(reset);
  EXPECT_TRUE(Ask(Client(true)).answer);
  Use(reset);
  EXPECT_TRUE(Ask(Client(false)).answer) << "also where there is nobody else";
}

TEST_F(FailoverBench, S06NoResponseAtAll) {
  Use([](tcp::socket& socket, int) { Hang(socket); });
  ExpectFallback(1);
}

TEST_F(FailoverBench, S07SlowFirstToken) {
  Use([](tcp::socket& socket, int) {
    Send(socket,
         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n");
    Hang(socket);
  });
  EXPECT_LE(ExpectFallback(1).latency, kDeadline);
}

TEST_F(FailoverBench, S08CutMidAnswer) {
  Use(Always(kWhole.substr(0, kWhole.size() * 2 / 3)));
  ExpectFallback();
}

TEST_F(FailoverBench, S09StallsMidAnswer) {
  Use([](tcp::socket& socket, int) {
    Send(socket, kWhole.substr(0, kWhole.size() / 3));
    Hang(socket);
  });
  ExpectFallback();
  ExpectAlive();
}

TEST_F(FailoverBench, S10MalformedPiece) {
  Use(Always(Http("200 OK", R"({"model":"primary","choices":[{"message":{"content":"the}]})")));
  ExpectFallback();
  ExpectAlive();
}

TEST_F(FailoverBench, S11StreamEndsWithoutDone) {
  Use(Always(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"the whole answer\"}}]}\n\n"
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":60}}\n\n"));
  Provider provider;
  provider.name = provider.model = "primary";
  provider.api = "openai";
  provider.base_url = primary_->url();
  const auto transport = ConnectTo(provider);
  ASSERT_TRUE(transport.ok());
  ChatRequest chat;
  chat.user = "Explain.";
  const StreamOptions options{.deadline = std::chrono::seconds(60)};
  const MonotonicTime began = RealClock::Instance().Monotonic();
  const StreamedChat streamed =
      StreamChat(**transport, provider, chat, options, RealClock::Instance());
  EXPECT_LE(RealClock::Instance().Monotonic() - began, kDeadline);
  EXPECT_FALSE(streamed.error.has_value());
  EXPECT_EQ(streamed.answer.text, "the whole answer");
  EXPECT_EQ(streamed.answer.usage, (TokenUsage{11, 60}));
}

TEST_F(FailoverBench, S12ContextLengthExceeded) {
  Use(Always(Http("400 Long", R"({"error":{"code":"context_length_exceeded","message":"long"}})")));
  ExpectFallback(1);
}

TEST_F(FailoverBench, S13ContentPolicyViolation) {
  Use(Always(Http("400 No",
                  R"({"error":{"code":"content_policy_violation","message":"by our policy"}})")));
  const Outcome outcome = Ask(Client(false));
  EXPECT_FALSE(outcome.answer);
  EXPECT_NE(outcome.message.find("by our policy"), std::string::npos) << outcome.message;
  EXPECT_EQ(primary_->requests(), 1);
}

// What came of the broken answer is never sent on for another to continue.
TEST_F(FailoverBench, S14FallbackRejectsPrefill) {
  Use(Always(kWhole.substr(0, kWhole.size() * 2 / 3)));
  ExpectFallback();
  EXPECT_EQ(fallback_.last_request().find("assistant"), std::string::npos);
}

TEST_F(FailoverBench, S15PrimaryFlaps) {
  std::atomic<bool> healthy{false};
  Use([&](tcp::socket& socket, int) { Send(socket, healthy ? kWhole : kBusy); });
  ModelClient& client = Client(true);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask(client).provider, kFallback);
  EXPECT_LE(primary_->requests(), 5) << "probes alone, once the circuit is open";
  healthy = true;
  while (client.providers()[0].circuit == CircuitBreaker::State::kOpen) std::this_thread::yield();
  EXPECT_EQ(Ask(client).provider, kPrimary);
  EXPECT_EQ(Ask(client).provider, kPrimary);
}

TEST_F(FailoverBench, S16FailoverAccounting) {
  Use(Always(kBusy));
  const Outcome outcome = ExpectFallback();
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->model, "fallback");
  EXPECT_EQ(outcome.usage, (TokenUsage{11, 60})) << "what failed is not billed";
  EXPECT_EQ(outcome.calls.front().usage, TokenUsage{});
}

}  // namespace
}  // namespace noizy::model
