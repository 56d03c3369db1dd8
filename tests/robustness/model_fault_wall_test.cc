// The model client before providers that fail in every way that has been seen of real ones: real
// sockets, real time, one deadline. Each case asks once or a few times, and says what must come of
// it: an answer from the one behind, how often the failing one was asked, and never past the
// deadline.
//
// Links: machinery_model
#include <gtest/gtest.h>

#include <thread>

#include "machinery/model/chat_stream.h"
#include "tests/robustness/model_client_fixture.h"

namespace noizy::model {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

class ModelFaultWall : public ModelClientTest {
 protected:
  /// The failing provider is asked so often, and the one behind it answers.
  void ExpectFailover(const Wall::Behaviour& fault, const std::string& name) {
    Wall bad(fault);
    Wall good(Always(Http("200 OK", kAnswer)));
    const Outcome outcome = Ask(ClientOf({bad.url(), good.url()}));
    ASSERT_TRUE(outcome.answer) << outcome.message;
    EXPECT_EQ(outcome.provider, "p2");
    ASSERT_EQ(outcome.calls.size(), 2);
    EXPECT_EQ(RuleOf(outcome.calls[0].error->fault).name, name) << outcome.calls[0].error->message;
    EXPECT_EQ(bad.requests(), 1);
  }
};

TEST_F(ModelFaultWall, S01ServerErrorThenRecovery) {
  Wall wall([](tcp::socket& socket, int number) {
    Send(socket, number == 0 ? Http("500 No", "{}") : Http("200 OK", kAnswer));
  });
  EXPECT_TRUE(Ask(ClientOf({wall.url()})).answer);
  EXPECT_EQ(wall.requests(), 2);
}

TEST_F(ModelFaultWall, S02RetryAfterThatFits) {
  Wall wall([](tcp::socket& socket, int number) {
    Send(socket,
         number == 0 ? Http("429 Slow", "{}", "Retry-After: 0.3\r\n") : Http("200 OK", kAnswer));
  });
  const Outcome outcome = Ask(ClientOf({wall.url()}));
  EXPECT_TRUE(outcome.answer);
  EXPECT_GE(outcome.latency, milliseconds(300));
}

TEST_F(ModelFaultWall, S03RetryAfterThatDoesNotFit) {
  ExpectFailover(Always(Http("429 Slow", "{}", "Retry-After: 30\r\n")), "RateLimited");
}

TEST_F(ModelFaultWall, S04SpentQuotaIsNeverAskedAgain) {
  Wall bad(Always(Http("429 Pay", R"({"error":{"code":"insufficient_quota"}})")));
  Wall good(Always(Http("200 OK", kAnswer)));
  ModelClient& client = ClientOf({bad.url(), good.url()});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Ask(client).answer);
  EXPECT_EQ(bad.requests(), 1);
}

TEST_F(ModelFaultWall, S05BadKey) {
  ExpectFailover(Always(Http("401 Who", R"({"error":{"code":"invalid_api_key"}})")),
                 "CredentialsRefused");
}

TEST_F(ModelFaultWall, S06ConnectionRefused) {
  std::string gone;
  {
    Wall closed(Always(""));
    gone = closed.url();
  }
  Wall good(Always(Http("200 OK", kAnswer)));
  const Outcome outcome = Ask(ClientOf({gone, good.url()}));
  EXPECT_EQ(outcome.provider, "p2");
  EXPECT_EQ(outcome.calls[0].error->fault, Fault::kUnreachable);
}

TEST_F(ModelFaultWall, S07ConnectionCutWithinTheHead) {
  ExpectFailover(Always("HTTP/1.1 200 OK\r\nContent-"), "Unreachable");
}

TEST_F(ModelFaultWall, S08NoAnswerAtAll) {
  ExpectFailover([](tcp::socket& socket, int) { Hang(socket); }, "Timeout");
}

TEST_F(ModelFaultWall, S09AnswerThatTrickles) {
  const auto trickle = [this](tcp::socket& socket, int) {
    Send(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    boost::system::error_code error;
    while (!error) {
      asio::write(socket, asio::buffer("x", 1), error);
      pool_.Pause(milliseconds(20));
    }
  };
  ExpectFailover(trickle, "Timeout");
}

TEST_F(ModelFaultWall, S10BodyCutOff) {
  ExpectFailover(Always("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + kAnswer),
                 "Unreachable");
}

TEST_F(ModelFaultWall, S11PageInsteadOfAnAnswer) {
  ExpectFailover(Always(Http("200 OK", "<html><body>Bad gateway</body></html>")), "Malformed");
}

TEST_F(ModelFaultWall, S12EmptyAnswer) {
  ExpectFailover(Always(Http("200 OK", "")), "Malformed");
}

TEST_F(ModelFaultWall, S13ErrorSentAsASuccess) {
  ExpectFailover(Always(Http("200 OK", R"({"error":{"message":"upstream"}})")), "ServerError");
}

TEST_F(ModelFaultWall, S14ChunksWithoutTheirEnd) {
  ExpectFailover(Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho\r\n"),
                 "Unreachable");
}

TEST_F(ModelFaultWall, S15CircuitCountsForTheVeryNextRequest) {
  std::atomic<bool> healthy{false};
  Wall flapping([&](tcp::socket& socket, int) {
    Send(socket, healthy ? Http("200 OK", kAnswer) : Http("500 No", "{}"));
  });
  Wall good(Always(Http("200 OK", kAnswer)));
  ModelClient& client = ClientOf({flapping.url(), good.url()}, 2);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(client).provider, "p2");
  EXPECT_EQ(flapping.requests(), 2);
  healthy = true;
  // Its time is over: one probe, and it is back.
  while (client.providers()[0].circuit == CircuitBreaker::State::kOpen) std::this_thread::yield();
  EXPECT_EQ(Ask(client).provider, "p1");
  EXPECT_EQ(Ask(client).provider, "p1");
}

TEST_F(ModelFaultWall, S16EverybodyFailsAndTheDeadlineHolds) {
  Wall hanging([](tcp::socket& socket, int) { Hang(socket); });
  Wall overloaded(Always(Http("529 Busy", R"({"error":{"type":"overloaded_error"}})")));
  const Outcome outcome = Ask(ClientOf({overloaded.url(), hanging.url()}));
  EXPECT_FALSE(outcome.answer);
  EXPECT_FALSE(outcome.reason.empty());
}

// To another server, and to where clouds hand out their machines' credentials.
TEST_F(ModelFaultWall, S30RedirectIsNotFollowedAndTheKeyStays) {
  Wall elsewhere(Always(Http("200 OK", kAnswer)));
  for (const char* status : {"301 Moved", "302 Found", "303 Other", "307 Later", "308 Moved"}) {
    for (const std::string& target :
         {elsewhere.url() + "/v1/chat/completions",
          std::string("http://169.254.169.254/latest/meta-data/iam/security-credentials/")}) {
      ExpectFailover(Always(Http(status, "", "Location: " + target + "\r\n")), "RequestRefused");
    }
  }
  EXPECT_EQ(elsewhere.requests(), 0);
}

// The same world for an answer that is handed on while it comes. One provider is asked once.
class StreamFaultWall : public ::testing::Test {
 protected:
  StreamedChat Ask(const Wall& wall, const std::string& api = "openai") {
    Provider provider;
    provider.name = "p";
    provider.api = api;
    provider.model = "m";
    provider.base_url = wall.url();
    provider.api_key = "sk-the-key";
    const auto transport = ConnectTo(provider);
    EXPECT_TRUE(transport.ok());
    ChatRequest chat;
    chat.user = "which?";
    options_.on_text = [this](std::string_view text) { heard_ += text; };
    const MonotonicTime began = RealClock::Instance().Monotonic();
    StreamedChat answer = StreamChat(**transport, provider, chat, options_, RealClock::Instance());
    took_ = RealClock::Instance().Monotonic() - began;
    EXPECT_EQ(heard_, answer.answer.text);
    return answer;
  }

  static std::string FaultOf(const StreamedChat& answer) {
    return answer.error ? std::string(RuleOf(answer.error->fault).name) : "";
  }

  static std::string Chunk(const std::string& bytes) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    return size.data() + bytes + "\r\n";
  }

  StreamOptions options_{.deadline = kDeadline, .first_silence = kDeadline, .silence = kDeadline};
  std::string heard_;
  Duration took_{};
};

const std::string kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string kWord = "data: {\"choices\":[{\"delta\":{\"content\":\"yes \"}}]}\n\n";
const std::string kEnd =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n"
    "data: [DONE]\n\n";

TEST_F(StreamFaultWall, S17WordsAreHandedOnWhileTheyCome) {
  std::atomic<bool> heard{false};
  options_.deadline = options_.silence = std::chrono::minutes(1);
  options_.cancelled = [&] {
    heard = !heard_.empty();
    return false;
  };
  // The rest comes only once the first word was heard.
  Wall wall([&](tcp::socket& socket, int) {
    Send(socket, kStreamHead + Chunk(kWord));
    while (!heard) std::this_thread::yield();
    Send(socket, Chunk(kWord) + Chunk(kEnd) + "0\r\n\r\n");
  });
  const StreamedChat answer = Ask(wall);
  EXPECT_EQ(FaultOf(answer), "");
  EXPECT_EQ(answer.answer.text, "yes yes ");
  EXPECT_EQ(answer.answer.usage, (TokenUsage{3, 2}));
}

TEST_F(StreamFaultWall, S18EventsCutByteByByte) {
  Wall wall([](tcp::socket& socket, int) {
    socket.set_option(tcp::no_delay(true));
    Send(socket, kStreamHead);
    for (const char byte : kWord + kEnd) Send(socket, Chunk(std::string(1, byte)));
    Send(socket, "0\r\n\r\n");
  });
  EXPECT_EQ(FaultOf(Ask(wall)), "");
}

TEST_F(StreamFaultWall, S19ConnectionCutWithinTheAnswer) {
  Wall wall(Always(kStreamHead + Chunk(kWord)));
  const StreamedChat answer = Ask(wall);
  EXPECT_EQ(FaultOf(answer), "Unreachable");
  EXPECT_EQ(answer.answer.text, "yes ");
}

TEST_F(StreamFaultWall, S20StreamThatEndsWithoutItsEnd) {
  Wall wall(Always(kStreamHead + Chunk(kWord) + "0\r\n\r\n"));
  EXPECT_EQ(FaultOf(Ask(wall)), "Unreachable");
}

TEST_F(StreamFaultWall, S21FinishedAnswerWithoutDone) {
  Wall wall(Always(kStreamHead + Chunk(kWord) + Chunk(kEnd.substr(0, kEnd.find("data: [")))));
  EXPECT_EQ(FaultOf(Ask(wall)), "");
}

TEST_F(StreamFaultWall, S22ErrorWithinTheStream) {
  Wall wall(Always(kStreamHead + Chunk(kWord) +
                   Chunk("data: {\"error\":{\"message\":\"out of memory\"}}\n\n")));
  const StreamedChat answer = Ask(wall);
  EXPECT_EQ(FaultOf(answer), "ServerError");
  EXPECT_EQ(answer.error->message, "out of memory");
}

TEST_F(StreamFaultWall, S23PieceThatIsNoJson) {
  Wall wall(Always(kStreamHead + Chunk(kWord) + Chunk("data: {\"choices\":[{\n\n")));
  EXPECT_EQ(FaultOf(Ask(wall)), "Malformed");
}

TEST_F(StreamFaultWall, S24SilenceWithinTheAnswer) {
  options_.silence = milliseconds(200);
  options_.deadline = std::chrono::minutes(1);
  Wall wall([](tcp::socket& socket, int) {
    Send(socket, kStreamHead + Chunk(kWord));
    Hang(socket);
  });
  EXPECT_EQ(FaultOf(Ask(wall)), "Timeout");
  EXPECT_LE(took_, milliseconds(200) + kSlack);
}

TEST_F(StreamFaultWall, S25KeepAlivesAreNoSilenceAndTheDeadlineHolds) {
  options_.silence = milliseconds(300);
  WorkerPool pool(1, 1);
  Wall wall([&](tcp::socket& socket, int) {
    Send(socket, kStreamHead);
    boost::system::error_code error;
    while (!error) {
      asio::write(socket, asio::buffer(Chunk(": wait\n\n")), error);
      pool.Pause(milliseconds(20));
    }
  });
  EXPECT_EQ(FaultOf(Ask(wall)), "Timeout");
  EXPECT_GE(took_, kDeadline);
  EXPECT_LE(took_, kDeadline + kSlack);
}

TEST_F(StreamFaultWall, S26NobodyWantsItAnyMore) {
  options_.deadline = options_.silence = std::chrono::minutes(1);
  options_.cancelled = [&] { return !heard_.empty(); };
  std::atomic<bool> left{false};
  {
    Wall wall([&](tcp::socket& socket, int) {
      Send(socket, kStreamHead + Chunk(kWord));
      Hang(socket);
      left = true;  // the server sees that it may stop
    });
    EXPECT_EQ(FaultOf(Ask(wall)), "Timeout");
  }
  EXPECT_TRUE(left);
  EXPECT_LE(took_, kSlack);
}

TEST_F(StreamFaultWall, S27EndlessPiece) {
  Wall wall([](tcp::socket& socket, int) {
    Send(socket, kStreamHead + Chunk("data: "));
    boost::system::error_code error;
    const std::string bytes = Chunk(std::string(65536, 'x'));
    while (!error) asio::write(socket, asio::buffer(bytes), error);
  });
  EXPECT_EQ(FaultOf(Ask(wall)), "Malformed");
}

TEST_F(StreamFaultWall, S28RefusedBeforeItBegan) {
  Wall wall(Always(Http("503 Busy", R"({"error":{"message":"loading model"}})")));
  const StreamedChat answer = Ask(wall);
  EXPECT_EQ(FaultOf(answer), "Overloaded");
  EXPECT_EQ(answer.error->message, "loading model");
}

TEST_F(StreamFaultWall, S32KeyQuotedInAnError) {
  Wall wall(Always(Http("401 Who", R"({"error":{"message":"no such key: sk-the-key"}})")));
  const StreamedChat answer = Ask(wall);
  EXPECT_EQ(FaultOf(answer), "CredentialsRefused");
  EXPECT_EQ(answer.error->message, "no such key: [key]");
}

TEST_F(StreamFaultWall, S29LinesOfOllamaCutOff) {
  const std::string line = "{\"message\":{\"content\":\"yes \"},\"done\":false}\n";
  Wall wall(
      Always("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
             "Transfer-Encoding: chunked\r\n\r\n" +
             Chunk(line) + Chunk(line.substr(0, 20)) + "0\r\n\r\n"));
  const StreamedChat answer = Ask(wall, "ollama");
  EXPECT_EQ(FaultOf(answer), "Unreachable");
  EXPECT_EQ(answer.answer.text, "yes ");
}

TEST_F(StreamFaultWall, S31RedirectIsNotFollowed) {
  Wall elsewhere(Always(Http("200 OK", kAnswer)));
  Wall wall(Always(Http("307 Later", "", "Location: " + elsewhere.url() + "/v1\r\n")));
  EXPECT_EQ(FaultOf(Ask(wall)), "RequestRefused");
  EXPECT_EQ(elsewhere.requests(), 0);
}

}  // namespace
}  // namespace noizy::model
