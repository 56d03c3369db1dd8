#include "machinery/value/base64.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

// RFC 4648 §10.
TEST(Base64Test, Rfc4648Vectors) {
  const std::vector<std::pair<std::string, std::string>> vectors = {
      {"", ""},         {"f", "Zg=="},         {"fo", "Zm8="},        {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(EncodeBase64(plain), encoded);
    const Result<std::string> decoded = DecodeBase64(encoded);
    ASSERT_TRUE(decoded.ok()) << encoded;
    EXPECT_EQ(*decoded, plain);
  }
}

TEST(Base64Test, EveryByteSurvives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(*DecodeBase64(EncodeBase64(bytes)), bytes);
}

TEST(Base64Test, LineBreaksAreSkipped) { EXPECT_EQ(*DecodeBase64("Zm9v\r\nYmFy\n"), "foobar"); }

TEST(Base64Test, RefusesWhatIsNoBase64) {
  for (const char* text : {"Zg", "Zg=", "Z===", "Zm9v!A==", "=Zg=", "Zm 9v"}) {
    EXPECT_EQ(DecodeBase64(text).status().reason(), StatusReason::kBadRequest) << text;
  }
}

TEST(Base64UrlTest, HasItsOwnAlphabetAndNoPadding) {
  EXPECT_EQ(EncodeBase64Url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(EncodeBase64Url("f"), "Zg");
  EXPECT_EQ(*DecodeBase64Url("-__-"), "\xfb\xff\xfe");
  EXPECT_EQ(*DecodeBase64Url("Zg"), "f");
}

TEST(Base64UrlTest, EachTextStandsForItsBytesAlone) {
  for (const char* text : {"Zg==", "Z", "+//+", "Zh", "Zm 9v", "Zm9v\n"})
    EXPECT_FALSE(DecodeBase64Url(text).ok()) << text;
}

}  // namespace
}  // namespace noizy
