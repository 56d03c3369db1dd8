#include "machinery/transport/http.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(SharedBytesTest, KeepsItsTextAlive) {
  SharedBytes copy;
  {
    const SharedBytes bytes(std::string("short"));
    copy = bytes;
  }
  EXPECT_EQ(copy.view, "short");
  EXPECT_EQ(SharedBytes::Static("literal").view, "literal");
}

TEST(FindHeaderTest, IgnoresCaseAndTakesTheFirst) {
  const HttpHeaders headers = {{"Accept", "a"}, {"accept", "b"}, {"X-Empty", ""}};
  EXPECT_EQ(FindHeader(headers, "ACCEPT"), "a");
  EXPECT_EQ(FindHeader(headers, "x-empty"), "");
  EXPECT_EQ(FindHeader(headers, "absent"), "");
  EXPECT_EQ(FindHeader(headers, "Accep"), "");
}

TEST(EqualsIgnoringCaseTest, FoldsLettersOnly) {
  EXPECT_TRUE(EqualsIgnoringCase("Keep-Alive", "keep-alive"));
  EXPECT_FALSE(
      EqualsIgnoringCase("a@", "a`"));  // '@' and '`' differ by the bit that is a letter's case
  EXPECT_FALSE(EqualsIgnoringCase("a", "ab"));
}

TEST(HttpReplyTest, JoinsItsBody) {
  HttpReply reply;
  reply.body = {SharedBytes::Static("one "), SharedBytes(std::string("two"))};
  EXPECT_EQ(reply.BodyText(), "one two");
  EXPECT_EQ(HttpReply{}.BodyText(), "");
}

TEST(StatusReplyTest, IsTheApisStatusObject) {
  const HttpReply reply = StatusReply(BadRequest("no \"such\" \n thing"));
  EXPECT_EQ(reply.code, 400);
  EXPECT_EQ(FindHeader(reply.headers, "content-type"), "application/json");
  EXPECT_EQ(reply.BodyText(),
            R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
            R"("message":"no \"such\"   thing","reason":"BadRequest","code":400})"
            "\n");
}

TEST(StatusReplyTest, CarriesCodesWithoutAReason) {
  const HttpReply reply = StatusReply(431, "", "too many headers");
  EXPECT_EQ(reply.code, 431);
  EXPECT_NE(reply.BodyText().find(R"("code":431)"), std::string::npos);
}

}  // namespace
}  // namespace noizy
