#include "machinery/transport/http_reply_head.h"

#include <gtest/gtest.h>

#include <regex>

namespace noizy {
namespace {

TEST(ReplyHeadTest, AddsWhatIsTheServersToSay) {
  const std::string head = ReplyHead(
      201,
      {{"Content-Type", "a/b"}, {"content-length", "9"}, {"DATE", "never"}, {"Connection", "x"}},
      {.content_length = 4, .chunked = false, .close = true});
  EXPECT_TRUE(std::regex_match(
      head, std::regex("HTTP/1\\.1 201 Created\r\nContent-Type: a/b\r\n"
                       "Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d\\d [A-Z][a-z]{2} 20\\d\\d "
                       "\\d\\d:\\d\\d:\\d\\d GMT\r\n"
                       "Content-Length: 4\r\nConnection: close\r\n\r\n")))
      << head;
  EXPECT_NE(ReplyHead(200, {}, {.content_length = {}, .chunked = true, .close = false})
                .find("Transfer-Encoding: chunked\r\n\r\n"),
            std::string::npos);
}

// A value that reaches a reply from a user must not become a header, let alone a reply, of its own.
TEST(ReplyHeadTest, KeepsValuesOnTheirLine) {
  const std::string head =
      ReplyHead(200, {{"Warning", "a\r\nSet-Cookie: b\n\nc\t"}, {"X\r\nY", "z"}}, {});
  EXPECT_NE(head.find("\r\nWarning: a  Set-Cookie: b  c\t\r\nX  Y: z\r\n"), std::string::npos)
      << head;
}

TEST(ReasonPhraseTest, KnowsEveryReasonsCode) {
  for (int code = 200; code < 600; ++code) {
    if (ReasonFromHttpCode(code) == StatusReason::kUnknown || code < 300) continue;
    EXPECT_NE(ReasonPhrase(code), "Unknown") << code;
  }
  EXPECT_EQ(ReasonPhrase(404), "Not Found");
  EXPECT_EQ(ReasonPhrase(599), "Unknown");
}

TEST(CodeHasBodyTest, KnowsTheExceptions) {
  EXPECT_TRUE(CodeHasBody(200));
  EXPECT_TRUE(CodeHasBody(404));
  EXPECT_FALSE(CodeHasBody(204));
  EXPECT_FALSE(CodeHasBody(304));
  EXPECT_FALSE(CodeHasBody(100));
}

}  // namespace
}  // namespace noizy
