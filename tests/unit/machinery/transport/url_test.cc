#include "machinery/transport/url.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(PercentEncodeTest, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b/c?d=e&f%"), "a%20b%2Fc%3Fd%3De%26f%25");
  EXPECT_EQ(PercentEncode("ü"), "%C3%BC");
}

TEST(PercentDecodeTest, UndoesPercentEncode) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  const auto decoded = PercentDecode(PercentEncode(all));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, all);
  EXPECT_EQ(*PercentDecode("a+b%2f"), "a+b/");
}

TEST(PercentDecodeTest, RefusesBrokenEscapesAndNul) {
  for (const char* text : {"%", "%4", "%g0", "a%0", "%00", "a%-1"}) {
    const auto decoded = PercentDecode(text);
    ASSERT_FALSE(decoded.ok()) << text;
    EXPECT_EQ(decoded.status().reason(), StatusReason::kBadRequest);
  }
}

TEST(ParseQueryTest, KeepsOrderAndDecodes) {
  const auto parameters = ParseQuery("labelSelector=a%3Db&x&watch=1&&x=2+3&empty=&a=b=c");
  ASSERT_TRUE(parameters.ok());
  const QueryParameters expected = {{"labelSelector", "a=b"},
                                    {"x", ""},
                                    {"watch", "1"},
                                    {"x", "2 3"},
                                    {"empty", ""},
                                    {"a", "b=c"}};
  EXPECT_EQ(*parameters, expected);
  EXPECT_EQ(FindParameter(*parameters, "x"), "");
  EXPECT_EQ(FindParameter(*parameters, "watch"), "1");
  EXPECT_EQ(FindParameter(*parameters, "absent"), "");
}

TEST(ParseQueryTest, AcceptsNothingAndRefusesBrokenEscapes) {
  EXPECT_TRUE(ParseQuery("")->empty());
  EXPECT_FALSE(ParseQuery("a=%zz").ok());
  EXPECT_FALSE(ParseQuery("%zz=a").ok());
}

TEST(ParseBoolParameterTest, ReadsAsKubernetesDoes) {
  for (const char* text : {"1", "t", "true", "TRUE", "True", "yes", "maybe"}) {
    EXPECT_TRUE(ParseBoolParameter(text)) << text;
  }
  for (const char* text : {"", "0", "false", "False", "FALSE"}) {
    EXPECT_FALSE(ParseBoolParameter(text)) << text;
  }
}

}  // namespace
}  // namespace noizy
