#include "machinery/transport/http_request_parser.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/machinery/transport/http_vectors.h"

namespace noizy {
namespace {

using Stage = HttpRequestParser::Stage;

constexpr HttpServerLimits kLimits;

// Feeds `bytes` in pieces of `step` until the parser is done; returns how many it took.
std::size_t FeedAll(HttpRequestParser& parser, std::string_view bytes, std::size_t step) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    if (parser.stage() == Stage::kComplete || parser.stage() == Stage::kRefused) break;
    taken += parser.Feed(bytes.substr(taken, step));
  }
  return taken;
}

HttpRequest Parse(std::string_view bytes) {
  HttpRequestParser parser(kLimits);
  EXPECT_EQ(FeedAll(parser, bytes, bytes.size()), bytes.size());
  EXPECT_EQ(parser.stage(), Stage::kComplete) << bytes;
  return parser.stage() == Stage::kComplete ? parser.Take() : HttpRequest{};
}

class RefusalTest : public testing::TestWithParam<RefusedRequest> {};

// However the network cuts the bytes, the verdict is the same, and what follows is not looked at.
TEST_P(RefusalTest, IsRefused) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, GetParam().bytes.size()}) {
    HttpRequestParser parser(kLimits);
    FeedAll(parser, GetParam().bytes, step);
    ASSERT_EQ(parser.stage(), Stage::kRefused) << GetParam().name << ", step " << step;
    EXPECT_EQ(parser.refusal().code, GetParam().code) << GetParam().name;
    EXPECT_EQ(parser.refusal().label, GetParam().label) << GetParam().name;
    EXPECT_EQ(parser.Feed("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Smuggling, RefusalTest, testing::ValuesIn(SmugglingVectors()));
INSTANTIATE_TEST_SUITE_P(Chunks, RefusalTest, testing::ValuesIn(ChunkVectors()));
INSTANTIATE_TEST_SUITE_P(Syntax, RefusalTest, testing::ValuesIn(SyntaxVectors()));

TEST(HttpRequestParserTest, ReadsAPlainRequest) {
  const HttpRequest request = Parse(
      "GET /api/v1/pods%2Fa?watch=1&x=a?b HTTP/1.1\r\nHost: localhost:6443\r\nAccept:\t a/b;q=1 "
      "\t\r\n"
      "X-Obs: \xc3\xa4\r\nX-Empty:\r\n\r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/api/v1/pods%2Fa");
  EXPECT_EQ(request.query, "watch=1&x=a?b");
  const HttpHeaders expected = {
      {"Host", "localhost:6443"}, {"Accept", "a/b;q=1"}, {"X-Obs", "\xc3\xa4"}, {"X-Empty", ""}};
  EXPECT_EQ(request.headers, expected);
  EXPECT_EQ(request.body, "");
}

TEST(HttpRequestParserTest, ReadsBodiesOfBothFramings) {
  EXPECT_EQ(Parse(WithHeaders("Content-Length: 4\r\n", "abcd")).body, "abcd");
  EXPECT_EQ(Parse(WithHeaders("Content-Length: 0\r\n")).body, "");
  EXPECT_EQ(Parse(Chunked("4\r\nab\r\n\r\nA;name=\"v\"\r\n0123456789\r\n000\r\n\r\n")).body,
            "ab\r\n0123456789");
  EXPECT_EQ(Parse(WithHeaders("transfer-encoding: Chunked\r\n", "0\r\n\r\n")).body, "");
  // Trailers are dropped: a handler must not take one for a header.
  EXPECT_EQ(FindHeader(Parse(Chunked("0\r\nX-Late: a\r\n\r\n")).headers, "X-Late"), "");
}

TEST(HttpRequestParserTest, ReadsTheOtherTargetForms) {
  EXPECT_EQ(Parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
  const HttpRequest absolute = Parse("GET HTTPS://A:1/x?y HTTP/1.1\r\nHost: a:1\r\n\r\n");
  EXPECT_EQ(absolute.path, "/x");
  EXPECT_EQ(absolute.query, "y");
  EXPECT_EQ(Parse("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n").path, "/");
  EXPECT_EQ(Parse("GET /x? HTTP/1.1\r\nHost: [::1]:80\r\n\r\n").query, "");
}

TEST(HttpRequestParserTest, KnowsWhetherTheConnectionLives) {
  struct Case {
    std::string head;
    bool keep_alive;
    bool chunks;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true, true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false, true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,y\r\n\r\n", false, true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true, true},
      {"GET / HTTP/1.0\r\n\r\n", false, false},
      {"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", false, false},
  };
  for (const Case& one : cases) {
    HttpRequestParser parser(kLimits);
    FeedAll(parser, one.head, one.head.size());
    ASSERT_EQ(parser.stage(), Stage::kComplete) << one.head;
    EXPECT_EQ(parser.keep_alive(), one.keep_alive) << one.head;
    EXPECT_EQ(parser.chunks_allowed(), one.chunks) << one.head;
  }
}

TEST(HttpRequestParserTest, StopsAtTheHeadsEndForContinue) {
  HttpRequestParser parser(kLimits);
  const std::string head = WithHeaders("Content-Length: 2\r\nExpect: 100-Continue\r\n");
  EXPECT_EQ(parser.Feed(head + "ab"), head.size());
  EXPECT_EQ(parser.stage(), Stage::kBody);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_EQ(parser.Feed("ab"), 2U);
  EXPECT_EQ(parser.stage(), Stage::kComplete);
  parser.Take();
  EXPECT_FALSE(parser.expects_continue());
}

TEST(HttpRequestParserTest, TakesOneRequestAfterTheOther) {
  HttpRequestParser parser(kLimits);
  const std::string first = WithHeaders("Content-Length: 2\r\n", "ab");
  const std::string second = "\r\nGET /second HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(FeedAll(parser, first + second, first.size() + second.size()), first.size());
  EXPECT_TRUE(parser.started());
  EXPECT_EQ(parser.Take().body, "ab");
  EXPECT_FALSE(parser.started());
  EXPECT_EQ(FeedAll(parser, second, 1), second.size());
  EXPECT_EQ(parser.Take().path, "/second");
}

TEST(HttpRequestParserTest, KeepsToTheLimits) {
  HttpServerLimits limits;
  limits.header_bytes = 200;
  limits.header_count = 3;
  limits.body_bytes = 10;
  std::string empty_lines;
  while (empty_lines.size() <= limits.header_bytes) empty_lines += "\r\n";
  const std::vector<RefusedRequest> cases = {
      {"long target", "GET /" + std::string(300, 'a'), 414, "target-too-long"},
      {"empty lines for ever", empty_lines, 414, "target-too-long"},
      {"long header", WithHeaders("X: " + std::string(300, 'a')), 431, "head-too-large"},
      {"many headers", WithHeaders("a: b\r\na: b\r\na: b\r\n"), 431, "too-many-headers"},
      {"long trailers", Chunked("0\r\nX: " + std::string(300, 'a')), 431, "head-too-large"},
      {"long body", WithHeaders("Content-Length: 11\r\n"), 413, "body-too-large"},
      {"long chunk", Chunked("b\r\n"), 413, "body-too-large"},
      {"long chunks", Chunked("6\r\nabcdef\r\n5\r\n"), 413, "body-too-large"},
  };
  for (const RefusedRequest& one : cases) {
    HttpRequestParser parser(limits);
    FeedAll(parser, one.bytes, 7);
    ASSERT_EQ(parser.stage(), Stage::kRefused) << one.name;
    EXPECT_EQ(parser.refusal().code, one.code) << one.name;
    EXPECT_EQ(parser.refusal().label, one.label) << one.name;
  }
  HttpRequestParser parser(limits);
  FeedAll(parser, Chunked("5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n"), 4);
  EXPECT_EQ(parser.stage(), Stage::kComplete);
}

// One byte a chunk, each with an extension near its limit: 3 MiB of body would cost 800 MB.
TEST(HttpRequestParserTest, RefusesFramingInsteadOfABody) {
  HttpRequestParser parser(kLimits);
  FeedAll(parser, Chunked(""), 1000);
  const std::string chunk = "1;" + std::string(250, 'e') + "\r\na\r\n";
  std::size_t sent = 0;
  while (parser.stage() == Stage::kBody && sent < 1'000'000) {
    sent += FeedAll(parser, chunk, chunk.size());
  }
  ASSERT_EQ(parser.stage(), Stage::kRefused);
  EXPECT_LT(sent, 32U * 1024);
}

TEST(HttpRequestParserTest, AcceptsChunksOfOneByte) {
  std::string body;
  for (int i = 0; i < 50'000; ++i) body += "1\r\na\r\n";
  EXPECT_EQ(Parse(Chunked(body + "0\r\n\r\n")).body.size(), 50'000U);
}

// Whatever comes: no crash, no reading past the end, and an end at some time.
TEST(HttpRequestParserTest, SurvivesMutations) {
  std::mt19937 random(20260101);
  const std::vector<std::string> seeds = {Chunked("4;a=b\r\nabcd\r\n0\r\nT: v\r\n\r\n"),
                                          WithHeaders("Content-Length: 4\r\nA: b\r\n", "abcd")};
  int complete = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seeds[round % seeds.size()];
    for (unsigned edits = random() % 3; edits > 0; --edits) {
      bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
    }
    HttpRequestParser parser(kLimits);
    EXPECT_LE(FeedAll(parser, bytes, 1 + random() % bytes.size()), bytes.size());
    if (parser.stage() == Stage::kComplete) ++complete;
  }
  EXPECT_GT(complete, 1000);
  EXPECT_LT(complete, 19'000);
}

}  // namespace
}  // namespace noizy
