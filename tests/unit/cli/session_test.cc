#include "cli/session.h"

#include <gtest/gtest.h>

#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

/// Answers every GET with one canned body, in pieces of one byte.
class CannedTransport final : public HttpTransport {
 public:
  CannedTransport(int code, std::string body) : code_(code), body_(std::move(body)) {}
  Result<HttpReply> Do(const HttpRequest&, std::chrono::milliseconds) override {
    HttpReply reply;
    reply.code = code_;
    reply.body.emplace_back(body_);
    return reply;
  }
  Status Stream(const HttpRequest& request, const StreamSink& sink) override {
    path_ = request.path + "?" + request.query;
    if (!sink.on_headers(code_, {})) return Status::Ok();
    for (const char byte : body_) {
      if (sink.cancelled && sink.cancelled()) return Status::Ok();
      if (!sink.on_piece(std::string_view(&byte, 1))) return Status::Ok();
    }
    return Status::Ok();
  }
  static inline std::string path_;

 private:
  int code_;
  std::string body_;
};

class SessionTest : public testing::Test {
 protected:
  std::unique_ptr<Session> Open(int code, const std::string& body,
                                const std::vector<std::string>& arguments = {}) {
    kubeconfig_ = testing::TempDir() + "/noizy_session_kubeconfig";
    FILE* file = fopen(kubeconfig_.c_str(), "w");
    fputs(
        "{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: "
        "{cluster: k, user: u, namespace: own}}], "
        "clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: u, user: "
        "{token: t}}]}",
        file);
    fclose(file);
    static std::istringstream in;
    static std::ostringstream out;
    static const Environment environment{
        .in = in,
        .out = out,
        .err = out,
        .clock = RealClock::Instance(),
        .version = "1",
        .variable = [](const std::string&) { return std::string(); },
        .connect = [](HttpClientOptions) -> Result<std::unique_ptr<HttpTransport>> {
          return std::unique_ptr<HttpTransport>(std::make_unique<CannedTransport>(code_, body_));
        },
        .edit = {},
        .catch_interrupts = {}};
    code_ = code;
    body_ = body;
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--kubeconfig", kubeconfig_});
    static constexpr Flag kFlags[] = {{"kubeconfig", 0, FlagKind::kText, "F", ""},
                                      {"namespace", 'n', FlagKind::kText, "N", ""}};
    static constexpr std::span<const Flag> kTables[] = {kFlags};
    Result<std::unique_ptr<Session>> session =
        Session::Open(environment, ParsedArguments::Parse(all, kTables)->flags);
    EXPECT_TRUE(session.ok()) << session.status().ToString();
    return session.ok() ? *std::move(session) : nullptr;
  }

  static inline int code_ = 200;
  static inline std::string body_;
  std::string kubeconfig_;
};

TEST_F(SessionTest, TakesTheNamespaceFromFlagOrContext) {
  EXPECT_EQ(Open(200, "")->ns(), "own");
  EXPECT_FALSE(Open(200, "")->ns_given());
  EXPECT_EQ(Open(200, "", {"-n", "x"})->ns(), "x");
  EXPECT_TRUE(Open(200, "", {"-n", "x"})->ns_given());
}

TEST_F(SessionTest, ReadsJson) {
  EXPECT_EQ(ToJson(*Open(200, "{\"a\":1}")->GetValue("/x")), "{\"a\":1}");
  EXPECT_EQ(Open(200, "<html>")->GetValue("/x").status().reason(), StatusReason::kInternalError);
}

/// The events of a watch, "TYPE name", and how it ended.
std::string Watched(Session& session, std::size_t enough = 99) {
  std::string text;
  std::size_t count = 0;
  const Status ended =
      WatchPath(session, "/x?watch=true", "*/*",
                {.on_event =
                     [&](std::string_view type, const Value& object) {
                       text += std::string(type) + " " + std::string(StringAt(object, {"n"})) + ";";
                       return ++count < enough;
                     },
                 .cancelled = {}});
  return text + (ended.ok() ? "" : ended.ToString());
}

TEST_F(SessionTest, CutsAWatchIntoEvents) {
  const std::string events =
      "{\"type\":\"ADDED\",\"object\":{\"n\":\"a\"}}\n\r\n{\"type\":\"DELETED\",\"object\":{\"n\":"
      "\"b\\n\"}}\n{\"half";
  EXPECT_EQ(Watched(*Open(200, events)), "ADDED a;DELETED b\n;");
  EXPECT_EQ(CannedTransport::path_, "/x?watch=true");
  EXPECT_EQ(Watched(*Open(200, events), 1), "ADDED a;");
}

TEST_F(SessionTest, TellsHowAWatchFailed) {
  EXPECT_EQ(
      Watched(*Open(
          200,
          R"({"type":"ERROR","object":{"kind":"Status","status":"Failure","reason":"Expired","message":"old","code":410}})"
          "\n")),
      "Expired: old");
  EXPECT_EQ(Watched(*Open(200, "hello\n")),
            "InternalError: the server sent something that is no watch event");
  EXPECT_EQ(
      Watched(*Open(
          403,
          R"({"kind":"Status","status":"Failure","reason":"Forbidden","message":"no","code":403})")),
      "Forbidden: no");
}

TEST_F(SessionTest, StreamsUntilEnough) {
  std::unique_ptr<Session> session = Open(200, "abcdef");
  std::string text;
  EXPECT_TRUE(StreamGet(*session, "/log", "*/*",
                        {.on_piece =
                             [&](std::string_view piece) {
                               text += piece;
                               return text.size() < 3;
                             },
                         .cancelled = {}})
                  .ok());
  EXPECT_EQ(text, "abc");
  EXPECT_TRUE(StreamGet(*session, "/log", "*/*",
                        {.on_piece = [&](std::string_view) { return true; },
                         .cancelled = [] { return true; }})
                  .ok());
}

TEST(Query, IsEncoded) {
  std::string query;
  AddParameter(query, "a", "");
  EXPECT_EQ(WithQuery("/p", query), "/p");
  AddParameter(query, "labelSelector", "x in (a,b)");
  AddParameter(query, "b", "1");
  EXPECT_EQ(WithQuery("/p", query), "/p?labelSelector=x%20in%20%28a%2Cb%29&b=1");
}

}  // namespace
}  // namespace noizy::cli
