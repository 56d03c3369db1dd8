#include "machinery/model/model_client.h"

#include <gtest/gtest.h>

#include "tests/unit/machinery/model/fake_provider.h"

namespace noizy::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr Duration kDeadline = milliseconds(1500);

class ModelClientTest : public ::testing::Test {
 protected:
  ModelClient& Client(Names providers, Budget budget = {}) {
    ModelClientOptions options;
    for (std::string& name : providers) {
      Provider provider;
      provider.name = std::move(name);
      provider.api = "openai";
      provider.api_key = "sk-the-key";
      provider.price = Price{.input_nanodollars = 1000, .output_nanodollars = 2000};
      options.providers.push_back(std::move(provider));
    }
    options.circuit = {.failure_threshold = 3, .open_for = seconds(30)};
    options.budget = budget;
    const auto connect = [this](const Provider& provider) { return providers_.Connect(provider); };
    const auto pause = [this](Duration span) { clock_.Advance(span); };
    client_ = std::make_unique<ModelClient>(
        ModelClientContext{clock_, random_, connect, pause, [this] { return stopped_; }},
        std::move(options));
    return *client_;
  }

  Outcome Ask(ModelClient& client) {
    ChatRequest chat;
    chat.user = "which?";
    chat.max_tokens = 100;
    return client.Ask(chat, kDeadline, [this](const ChatAnswer& answer) {
      return answer.text == unacceptable_ ? BadRequest("no such candidate") : Status::Ok();
    });
  }

  FakeClock clock_;
  SeededRandom random_{7};
  FakeProviders providers_{clock_};
  std::string unacceptable_ = "nonsense";
  bool stopped_ = false;
  std::unique_ptr<ModelClient> client_;
};

TEST_F(ModelClientTest, AsksTheFirstAndCountsWhatItCost) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Says("yes")});
  const Outcome outcome = Ask(client);
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->text, "yes");
  EXPECT_EQ(outcome.provider, "a");
  EXPECT_EQ(outcome.reason, "");
  EXPECT_EQ(outcome.latency, milliseconds(10));
  EXPECT_EQ(outcome.usage, (TokenUsage{10, 2}));
  EXPECT_EQ(outcome.nanodollars, 14'000);
  EXPECT_EQ(client.spent_today().tokens, 12);
  EXPECT_EQ(providers_.asked(), Names{"a"});
}

TEST_F(ModelClientTest, GoesToTheNextAtOnceRatherThanWait) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Fails(500)});
  providers_.Script("b", {Says("yes")});
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.provider, "b");
  EXPECT_EQ(outcome.latency, milliseconds(20));
  EXPECT_EQ(providers_.asked(), (Names{"a", "b"}));
}

TEST_F(ModelClientTest, TriesAgainWhereNobodyElseIsLeft) {
  ModelClient& client = Client({"a"});
  providers_.Script("a", {Fails(500), Fails(503), Says("yes")});
  EXPECT_TRUE(Ask(client).answer);
  EXPECT_EQ(providers_.asked().size(), 3);
}

TEST_F(ModelClientTest, GivesUpAfterSoManyTries) {
  ModelClient& client = Client({"a"});
  providers_.Script("a", {Fails(500)});
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.reason, "ServerError");
  EXPECT_EQ(outcome.calls.size(), kMostTries);
  EXPECT_LT(outcome.latency, kDeadline);
}

TEST_F(ModelClientTest, NeverRepeatsWhatCannotHelp) {
  for (const int code : {400, 401, 402, 404, 422}) {
    ModelClient& client = Client({"a"});
    providers_.Script("a", {Fails(code)});
    const std::size_t before = providers_.asked().size();
    EXPECT_FALSE(Ask(client).answer);
    EXPECT_EQ(providers_.asked().size(), before + 1) << code;
  }
}

// As LiteLLM's proxy and others do; the words end up in the policy's status and in Tasks' records.
TEST_F(ModelClientTest, AKeyThatAProviderQuotesGoesNoFurther) {
  ModelClient& client = Client({"a", "b"});
  const std::string quoting =
      R"({"error":{"message":")" + std::string(495, 'x') + R"(sk-the-key","code":"sk-the-key"}})";
  providers_.Script("a", {Fails(401, quoting)});
  providers_.Script("b", {Says("sk-the-key")});
  const Outcome outcome = Ask(client);
  ASSERT_EQ(outcome.calls.size(), 2);
  const std::string said = outcome.calls[0].error->ToString();
  EXPECT_EQ(said.find("sk-"), std::string::npos) << said;
  EXPECT_EQ(client.providers()[0].last_error.find("sk-"), std::string::npos);
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->text, "[key]");
}

TEST_F(ModelClientTest, OpensTheCircuitAtOnceWhenTheQuotaIsSpent) {
  ModelClient& client = Client({"a"});
  providers_.Script("a", {Fails(429, R"({"error":{"code":"insufficient_quota"}})",
                                {{"x-should-retry", "true"}})});
  EXPECT_EQ(Ask(client).reason, "QuotaExhausted");
  const Outcome next = Ask(client);
  EXPECT_EQ(next.reason, "CircuitOpen");
  EXPECT_EQ(providers_.asked().size(), 1);
  EXPECT_EQ(client.providers()[0].circuit, CircuitBreaker::State::kOpen);
}

TEST_F(ModelClientTest, WaitsAsLongAsItIsAskedWhenThatFits) {
  ModelClient& client = Client({"a"});
  providers_.Script("a", {Fails(429, "{}", {{"Retry-After", "1"}}), Says("yes")});
  const Outcome outcome = Ask(client);
  ASSERT_TRUE(outcome.answer);
  EXPECT_GE(outcome.latency, seconds(1));
  EXPECT_LE(outcome.latency, kDeadline);
}

TEST_F(ModelClientTest, MovesOnWhenTheWaitWouldNotFit) {
  ModelClient& client = Client({"a"});
  providers_.Script("a", {Fails(429, "{}", {{"Retry-After", "20"}}), Says("yes")});
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.reason, "RateLimited");
  EXPECT_EQ(outcome.latency, milliseconds(10));
  // The next one who asks knows it already.
  EXPECT_EQ(Ask(client).reason, "CircuitOpen");
  clock_.Advance(seconds(20));
  EXPECT_TRUE(Ask(client).answer);
}

TEST_F(ModelClientTest, LeavesTimeForThoseBehindAHangingOne) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Hangs()});
  providers_.Script("b", {Says("yes")});
  const Outcome outcome = Ask(client);
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.provider, "b");
  EXPECT_LE(outcome.latency, kDeadline);
}

TEST_F(ModelClientTest, EndsAtItsDeadline) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Hangs()});
  providers_.Script("b", {Hangs()});
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.reason, "Timeout");
  EXPECT_LE(outcome.latency, kDeadline + milliseconds(1));
}

TEST_F(ModelClientTest, LeavesAFailingProviderAloneAndProbesItOnce) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Fails(500), Fails(500), Fails(500), Says("yes")});
  providers_.Script("b", {Says("yes")});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(client).provider, "b");
  EXPECT_EQ(client.providers()[0].circuit, CircuitBreaker::State::kOpen);
  EXPECT_EQ(client.providers()[0].last_error, "500");
  const std::size_t before = providers_.asked().size();
  EXPECT_EQ(Ask(client).provider, "b");
  EXPECT_EQ(providers_.asked().size(), before + 1);  // b alone
  clock_.Advance(seconds(30));
  EXPECT_EQ(Ask(client).provider, "a");
  EXPECT_EQ(client.providers()[0].circuit, CircuitBreaker::State::kClosed);
}

TEST_F(ModelClientTest, AsksSomebodyElseWhenTheAnswerIsOfNoUse) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Says("nonsense")});
  providers_.Script("b", {Says("yes")});
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.provider, "b");
  EXPECT_EQ(outcome.calls[0].error->fault, Fault::kAnswerInvalid);
  EXPECT_EQ(outcome.usage, (TokenUsage{20, 4}));
  EXPECT_EQ(outcome.calls[1].usage, (TokenUsage{10, 2})) << "each provider's own";
  EXPECT_EQ(client.providers()[0].circuit, CircuitBreaker::State::kClosed);
}

TEST_F(ModelClientTest, AsksNobodyPastTheBudget) {
  ModelClient& client = Client({"a"}, {.requests_per_minute = 1});
  providers_.Script("a", {Says("yes")});
  EXPECT_TRUE(Ask(client).answer);
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.reason, "BudgetExhausted");
  EXPECT_NE(outcome.message.find("requestsPerMinute"), std::string::npos);
  EXPECT_EQ(client.exhausted(), "requestsPerMinute");
  EXPECT_EQ(providers_.asked().size(), 1);
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(Ask(client).answer);
}

TEST_F(ModelClientTest, CountsACallThatWasNotHeardToTheEndAsSpent) {
  ModelClient& client = Client({"a"}, {.tokens_per_day = 150});
  providers_.Script("a", {Hangs()});
  EXPECT_EQ(Ask(client).reason, "Timeout");
  EXPECT_GE(client.spent_today().tokens, 100);
  EXPECT_EQ(Ask(client).reason, "BudgetExhausted");
}

TEST_F(ModelClientTest, AsksNobodyOnceItIsStopped) {
  ModelClient& client = Client({"a", "b"});
  providers_.Script("a", {Says("nonsense")});
  providers_.Script("b", {Says("yes")});
  ChatRequest chat;
  const auto stops = [this](const ChatAnswer&) {
    stopped_ = true;
    return BadRequest("no such candidate");
  };
  EXPECT_EQ(client.Ask(chat, kDeadline, stops).reason, "AnswerInvalid");
  EXPECT_EQ(Ask(client).reason, "Stopped");
  EXPECT_EQ(providers_.asked(), Names{"a"});
}

TEST_F(ModelClientTest, SaysWhenThereIsNobodyToAsk) {
  EXPECT_EQ(Ask(Client({})).reason, "NoProvider");
}

TEST_F(ModelClientTest, NamesAProviderThatCannotBeReachedAtAll) {
  ModelClientOptions options;
  Provider& lan = options.providers.emplace_back();
  lan.name = "lan";
  lan.api = "openai";
  lan.base_url = "http://10.0.0.1";
  ModelClient client({clock_, random_, ConnectTo, [](Duration) {}}, std::move(options));
  const Outcome outcome = Ask(client);
  EXPECT_EQ(outcome.reason, "RequestRefused");
  EXPECT_NE(outcome.message.find("provider \"lan\""), std::string::npos) << outcome.message;
}

}  // namespace
}  // namespace noizy::model
