#include "machinery/transport/http_reply_head.h"

#include <gtest/gtest.h>

#include <ctime>

namespace noizy {
namespace {

// By the C library, as a second opinion.
std::string DateNow() {
  const std::time_t now = std::time(nullptr);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&now));
  return text;
}

TEST(ReplyHeadTest, AddsWhatIsTheServersToSay) {
  const std::string before = DateNow();
  const std::string head = ReplyHead(
      201,
      {{"Content-Type", "a/b"}, {"content-length", "9"}, {"DATE", "never"}, {"Connection", "x"}},
      {.content_length = 4, .chunked = false, .close = true});
  const auto date = head.find("Date: ");
  ASSERT_NE(date, std::string::npos);
  const std::string sent = head.substr(date + 6, 29);
  EXPECT_TRUE(sent == before || sent == DateNow()) << sent;
  EXPECT_EQ(head.substr(0, date), "HTTP/1.1 201 Created\r\nContent-Type: a/b\r\n");
  EXPECT_EQ(head.substr(date + 35), "\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
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
