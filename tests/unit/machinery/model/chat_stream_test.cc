#include "machinery/model/chat_stream.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <numeric>
#include <vector>

#include "machinery/base/random.h"
#include "machinery/value/json.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {
namespace {

struct Recorded {
  const WireFormat* format;
  std::string body;
  Value wire;
};

// "Grüße 😀" in each provider's own words, with what comes between: keep-alives, thoughts, pings.
// The providers' SDKs have sent and read the same (tests/conformance/models).
const std::vector<Recorded>& Recordings() {
  static const std::vector<Recorded> kRecordings = [] {
    const std::string path = NOIZY_SOURCE_DIR "/tests/conformance/models/wire.json";
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::vector<Recorded> recordings;
    const Value all = ParseJson(text).ValueOr(Array());
    for (const Value& wire : all.get_array()) {
      recordings.push_back({WireFormatNamed(StringAt(wire, {"api"})),
                            std::string(StringAt(wire, {"stream"})), wire});
    }
    return recordings;
  }();
  return kRecordings;
}

struct Seen {
  StreamedChat chat;
  std::vector<std::string> texts;
  bool wanted_more = true;
};

/// Reads a body that comes in these parts.
Seen ReadParts(const WireFormat& format, const std::vector<std::string_view>& parts,
               const Status& transport = {}, int code = 200, const HttpHeaders& headers = {}) {
  Seen seen;
  ChatStreamReader reader(format, [&](std::string_view text) { seen.texts.emplace_back(text); });
  reader.TakeHead(code, headers);
  for (const std::string_view part : parts) {
    seen.wanted_more = reader.Take(part);
    if (!seen.wanted_more) break;
  }
  seen.chat = reader.Finish(transport, *ParseTime("2026-11-22T10:00:00Z"));
  return seen;
}

Seen ReadBody(const WireFormat& format, const std::string& body, const Status& transport = {}) {
  return ReadParts(format, {body}, transport);
}

std::string FaultOf(const Seen& seen) {
  return seen.chat.error ? std::string(RuleOf(seen.chat.error->fault).name) : "";
}

void ExpectWhole(const Seen& seen, const std::string& where) {
  ASSERT_EQ(FaultOf(seen), "") << where << ": " << seen.chat.error->message;
  EXPECT_EQ(seen.chat.answer.text, "Grüße 😀") << where;
  EXPECT_EQ(seen.chat.answer.usage, (TokenUsage{9, 4})) << where;
  EXPECT_EQ(seen.chat.answer.model, "m-1") << where;
  EXPECT_EQ(seen.texts, (std::vector<std::string>{"Grü", "ße 😀"})) << where;
}

TEST(ChatStreamTest, ReadsEachFormatWhereverItIsCut) {
  for (const Recorded& recorded : Recordings()) {
    const std::string_view body = recorded.body;
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
      const std::string where = std::string(recorded.format->api) + " at " + std::to_string(cut);
      ExpectWhole(ReadParts(*recorded.format, {body.substr(0, cut), body.substr(cut)}), where);
    }
  }
}

TEST(ChatStreamTest, ReadsEachFormatInRandomCuts) {
  SeededRandom random(7);
  for (const Recorded& recorded : Recordings()) {
    for (int round = 0; round < 300; ++round) {
      std::vector<std::string_view> parts;
      for (std::string_view rest = recorded.body; !rest.empty();) {
        const auto size = 1 + static_cast<std::size_t>(random.Unit() * random.Unit() * 60);
        parts.push_back(rest.substr(0, size));
        rest.remove_prefix(parts.back().size());
      }
      ExpectWhole(ReadParts(*recorded.format, parts), std::string(recorded.format->api));
    }
  }
}

// Whatever a stream loses or gains on the way: what was handed on is what the answer says, and an
// answer that is not the recorded one has an error unless only bytes within its words changed.
TEST(ChatStreamTest, NeverTakesABrokenStreamForAWholeOne) {
  for (const Recorded& recorded : Recordings()) {
    const std::string_view body = recorded.body;
    for (std::size_t end = 0; end < body.size(); ++end) {
      const Seen seen = ReadParts(*recorded.format, {body.substr(0, end)});
      std::string handed;
      for (const std::string& text : seen.texts) handed += text;
      EXPECT_EQ(handed, seen.chat.answer.text);
      if (seen.chat.answer.text != "Grüße 😀") {
        EXPECT_NE(FaultOf(seen), "") << recorded.format->api << " ends at " << end;
      }
    }
  }
}

TEST(ChatStreamTest, SurvivesGarbage) {
  SeededRandom random(11);
  for (const Recorded& recorded : Recordings()) {
    for (int round = 0; round < 500; ++round) {
      std::string body = recorded.body;
      for (int i = 0; i < 4; ++i) {
        const auto at = static_cast<std::size_t>(random.Unit() * static_cast<double>(body.size()));
        body[at] = static_cast<char>(random.Unit() * 256);
      }
      const Seen seen = ReadBody(*recorded.format, body);
      std::string handed;
      for (const std::string& text : seen.texts) handed += text;
      EXPECT_EQ(handed, seen.chat.answer.text);
    }
  }
}

TEST(ChatStreamTest, WantsNoMoreAfterTheEnd) {
  for (const Recorded& recorded : Recordings()) {
    const bool has_end = recorded.format != &kGeminiFormat;  // whose end is the connection's
    const Seen seen =
        ReadParts(*recorded.format, {recorded.body, "data: {\"error\":\"late\"}\n\n"});
    if (!has_end) continue;
    EXPECT_FALSE(seen.wanted_more);
    ExpectWhole(seen, std::string(recorded.format->api));
  }
}

TEST(ChatStreamTest, AcceptsAFinishedAnswerWithoutTheStreamsEnd) {
  for (const Recorded& recorded : Recordings()) {
    if (recorded.format == &kOllamaFormat) continue;  // its last piece is both
    std::string body = recorded.body;
    for (const std::string_view end : {"data: [DONE]\r\n\r\n", "event: message_stop\n"}) {
      if (const auto at = body.find(end); at != std::string::npos) body.resize(at);
    }
    ExpectWhole(ReadBody(*recorded.format, body), std::string(recorded.format->api));
    ExpectWhole(
        ReadBody(*recorded.format, body, Status(StatusReason::kServiceUnavailable, "reset")),
        std::string(recorded.format->api));
  }
}

TEST(ChatStreamTest, TellsWhatBrokeAStream) {
  const std::string begun = R"(data: {"choices":[{"delta":{"content":"a"}}]})"
                            "\n\n";
  struct Case {
    const WireFormat* format;
    std::string body;
    std::string fault;
  };
  const std::vector<Case> cases = {
      {&kOpenAiFormat, begun, "Unreachable"},
      {&kOpenAiFormat, "", "Unreachable"},
      {&kOpenAiFormat, begun + "data: {\"choices\":[{\"del\n\n", "Malformed"},
      {&kOpenAiFormat, begun + "data: [1]\n\n", "Malformed"},
      {&kOpenAiFormat, begun + R"(data: {"error":{"message":"CUDA"}})" + "\n\n", "ServerError"},
      {&kOpenAiFormat, begun + R"(data: {"error":{"code":"insufficient_quota"}})" + "\n\n",
       "QuotaExhausted"},
      {&kOpenAiFormat,
       begun + R"(data: {"choices":[{"delta":{},"finish_reason":"length"}]})" + "\n\n",
       "Truncated"},
      {&kOpenAiFormat,
       begun + R"(data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]})" + "\n\n",
       "ContentRefused"},
      {&kOpenAiFormat,
       std::string(R"(data: {"choices":[{"delta":{},"finish_reason":"stop"}]})") + "\n\n",
       "Malformed"},
      {&kOpenAiFormat, "data: " + std::string(kMaxPieceBytes, 'x'), "Malformed"},
      {&kAnthropicFormat,
       std::string("event: error\n") +
           R"(data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})" +
           "\n\n",
       "Overloaded"},
      {&kGeminiFormat,
       std::string(R"(data: {"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}})") + "\n\n",
       "RateLimited"},
      {&kGeminiFormat, std::string(R"(data: {"promptFeedback":{"blockReason":"SAFETY"}})") + "\n\n",
       "ContentRefused"},
      {&kOllamaFormat, "{\"error\":\"model runner has unexpectedly stopped\"}\n", "ServerError"},
      {&kOllamaFormat, "{\"message\":{\"content\":\"a\"}}\n", "Unreachable"},
  };
  for (const Case& one : cases)
    EXPECT_EQ(FaultOf(ReadBody(*one.format, one.body)), one.fault) << one.body.substr(0, 200);
}

TEST(ChatStreamTest, KeepsWhatCameBeforeTheFault) {
  const Seen seen =
      ReadBody(kOpenAiFormat, "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n",
               Status(StatusReason::kServiceUnavailable, "reset by peer"));
  EXPECT_EQ(seen.chat.answer.text, "half");
  EXPECT_EQ(FaultOf(seen), "Unreachable");
  EXPECT_EQ(seen.chat.error->message, "reset by peer");
}

TEST(ChatStreamTest, ReadsARefusalAndAnAnswerAtOnce) {
  const Seen refused =
      ReadParts(kOpenAiFormat, {R"({"error":{"message":"no such )", R"(model"}})"}, {}, 404);
  EXPECT_EQ(FaultOf(refused), "RequestRefused");
  EXPECT_EQ(refused.chat.error->ToString(), "404: no such model");
  const Seen limited = ReadParts(kOllamaFormat, {"{}"}, {}, 429, {{"Retry-After", "7"}});
  EXPECT_EQ(limited.chat.error->retry_after, std::chrono::seconds(7));
  const Seen whole = ReadParts(
      kOpenAiFormat,
      {R"({"model":"m","choices":[{"message":{"content":"all"},"finish_reason":"stop"}]})"}, {},
      200, {{"Content-Type", "application/json; charset=utf-8"}});
  EXPECT_EQ(FaultOf(whole), "");
  EXPECT_EQ(whole.texts, (std::vector<std::string>{"all"}));
}

TEST(ChatStreamTest, AsksAsTheSdksDo) {
  ChatRequest chat;
  chat.system = "Be brief.";
  chat.earlier = {{ChatTurn::Speaker::kUser, "My name is Ada."},
                  {ChatTurn::Speaker::kModel, "Hi."}};
  chat.user = "Who am I?";
  chat.max_tokens = 64;
  chat.temperature = 0.5;
  for (const Recorded& recorded : Recordings()) {
    Provider provider;
    provider.api = recorded.format->api;
    provider.model = "m";
    provider.api_key = "key-1";
    const HttpRequest request = recorded.format->encode_stream(chat, provider);
    EXPECT_TRUE(Equal(*ParseJson(request.body), *Find(recorded.wire, {"body"}))) << request.body;
    const std::string url = BaseUrlOf(provider) + request.path;
    EXPECT_TRUE(url.ends_with(StringAt(recorded.wire, {"path"}))) << url;
    EXPECT_EQ(request.query, StringAt(recorded.wire, {"query"}));
    for (const auto& header : *ObjectAt(recorded.wire, {"headers"}))
      EXPECT_EQ(FindHeader(request.headers, header.key()), StringAt(header.value(), {}));
  }
}

TEST(ChatStreamTest, LeavesOutWhatIsNotSaid) {
  ChatRequest chat;
  chat.user = "hi";
  chat.max_tokens = 0;
  Provider provider;
  provider.model = "m";
  provider.base_url = "http://127.0.0.1:1";
  const auto body = [&](const WireFormat& format) {
    return *ParseJson(format.encode_stream(chat, provider).body);
  };
  EXPECT_TRUE(Equal(body(kOpenAiFormat),
                    *ParseJson(R"({"model":"m","messages":[{"role":"user","content":"hi"}],
                      "stream":true,"stream_options":{"include_usage":true}})")));
  EXPECT_TRUE(Equal(body(kOllamaFormat),
                    *ParseJson(R"({"model":"m","messages":[{"role":"user","content":"hi"}],
                      "stream":true,"options":{}})")));
  EXPECT_EQ(Find(body(kAnthropicFormat), {"system"}), nullptr);
  EXPECT_EQ(Find(body(kGeminiFormat), {"systemInstruction"}), nullptr);
}

/// A transport whose stream says what a test tells it, in virtual time.
class ScriptedStream final : public HttpTransport {
 public:
  struct Step {
    Duration after;
    std::string bytes;
  };
  ScriptedStream(FakeClock& clock, std::vector<Step> steps)
      : clock_(clock), steps_(std::move(steps)) {}

  Result<HttpReply> Do(const HttpRequest&, std::chrono::milliseconds) override {
    return Internal("unused");
  }
  Status Stream(const HttpRequest&, const StreamSink& sink) override {
    if (!sink.on_headers(200, {})) return {};
    for (const Step& step : steps_) {
      for (Duration waited{0}; waited < step.after; waited += std::chrono::seconds(1)) {
        clock_.Advance(std::chrono::seconds(1));
        if (sink.cancelled()) return {};
      }
      if (!sink.on_piece(step.bytes)) return {};
    }
    return {};
  }

 private:
  FakeClock& clock_;
  const std::vector<Step> steps_;
};

class StreamChatTest : public ::testing::Test {
 protected:
  StreamedChat Ask(std::vector<ScriptedStream::Step> steps, const StreamOptions& options) {
    ScriptedStream transport(clock_, std::move(steps));
    Provider provider;
    provider.api = "ollama";
    return StreamChat(transport, provider, {}, options, clock_);
  }

  static std::string Piece(const std::string& text) {
    return "{\"message\":{\"content\":\"" + text + "\"}}\n";
  }

  FakeClock clock_;
  const std::string last_ = "{\"message\":{\"content\":\"c\"},\"done\":true}\n";
  const Duration second_ = std::chrono::seconds(1);
};

TEST_F(StreamChatTest, WaitsForTheModelToBeLoadedAndThenLess) {
  StreamOptions options;
  options.first_silence = second_ * 60;
  options.silence = second_ * 5;
  const auto patient = Ask({{second_ * 50, Piece("a")}, {second_ * 4, last_}}, options);
  EXPECT_FALSE(patient.error);
  EXPECT_EQ(patient.answer.text, "ac");
  const auto silent = Ask({{second_ * 50, Piece("a")}, {second_ * 6, last_}}, options);
  ASSERT_TRUE(silent.error);
  EXPECT_EQ(silent.error->ToString(), "Timeout: nothing came for 5 s");
  EXPECT_EQ(silent.answer.text, "a");
  const auto dead = Ask({{second_ * 61, last_}}, options);
  EXPECT_EQ(dead.error->ToString(), "Timeout: nothing came for 60 s");
}

TEST_F(StreamChatTest, HoldsTheDeadlineWhileItTrickles) {
  StreamOptions options;
  options.deadline = second_ * 10;
  const std::vector<ScriptedStream::Step> trickle(20, {second_, Piece("x")});
  const auto late = Ask(trickle, options);
  ASSERT_TRUE(late.error);
  EXPECT_EQ(late.error->ToString(), "Timeout: the answer was not whole in time");
  EXPECT_EQ(late.answer.text, std::string(9, 'x'));
}

TEST_F(StreamChatTest, EndsWhenItIsNotWantedAnyMore) {
  StreamOptions options;
  std::string heard;
  options.on_text = [&](std::string_view text) { heard += text; };
  options.cancelled = [&] { return heard.size() == 2; };
  const auto left = Ask({{second_, Piece("a")}, {second_, Piece("b")}, {second_, last_}}, options);
  ASSERT_TRUE(left.error);
  EXPECT_EQ(left.error->message, "it was not wanted any more");
  EXPECT_EQ(left.answer.text, "ab");
}

TEST_F(StreamChatTest, KnowsItsFormats) {
  ScriptedStream transport(clock_, {});
  Provider provider;
  provider.api = "telepathy";
  const auto none = StreamChat(transport, provider, {}, {}, clock_);
  ASSERT_TRUE(none.error);
  EXPECT_EQ(none.error->message, "no api is named \"telepathy\"");
}

std::string Token(const std::string& text) {
  return "data: " +
         ToJson(Object{{"choices", Array{Object{{"delta", Object{{"content", text}}}}}}}) + "\n\n";
}

TEST(ChatStream, NothingOfTheKeyIsHandedOnHoweverItIsCut) {
  const std::string key = "sk-sk-12345";
  const std::string said = "You sent sk-sk-sk-12345, sk-sk-1234.";
  for (std::size_t first = 0; first <= said.size(); ++first) {
    for (std::size_t second = first; second <= said.size(); ++second) {
      std::vector<std::string> texts;
      ChatStreamReader reader(
          kOpenAiFormat, [&](std::string_view text) { texts.emplace_back(text); }, key);
      reader.TakeHead(200, {});
      reader.Take(Token(said.substr(0, first)));
      reader.Take(Token(said.substr(first, second - first)));
      reader.Take(Token(said.substr(second)) + "data: [DONE]\n\n");
      const StreamedChat chat = reader.Finish({}, {});
      EXPECT_EQ(chat.answer.text, "You sent sk-[key], sk-sk-1234.") << first << ", " << second;
      EXPECT_EQ(std::accumulate(texts.begin(), texts.end(), std::string()), chat.answer.text);
    }
  }
}

TEST(ChatStream, MostOfAKeyIsNotHandedOnWhenTheStreamBreaksOff) {
  std::string told;
  ChatStreamReader reader(
      kOpenAiFormat, [&](std::string_view text) { told += text; }, "sk-123456789");
  reader.TakeHead(200, {});
  reader.Take(Token("It is sk-12345678"));
  EXPECT_TRUE(reader.Finish(Unavailable("cut"), {}).error.has_value());
  EXPECT_EQ(told, "It is [key]");
}

TEST(ChatStream, AKeyAtTheEndOfALongErrorIsNotCutButTakenOut) {
  const std::string key = "sk-12345678";
  for (std::size_t before = 485; before < 502; ++before) {
    ChatStreamReader reader(kOpenAiFormat, {}, key);
    reader.TakeHead(200, {});
    const std::string message = std::string(before, 'x') + key;
    reader.Take("data: " + ToJson(Object{{"error", Object{{"message", message}}}}) + "\n\n");
    const StreamedChat chat = reader.Finish({}, {});
    ASSERT_TRUE(chat.error.has_value());
    EXPECT_EQ(chat.error->message.find("sk-"), std::string::npos) << before;
  }
}

}  // namespace
}  // namespace noizy::model
