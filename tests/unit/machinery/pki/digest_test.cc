#include <gtest/gtest.h>

#include <set>

#include "machinery/pki/hex.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

TEST(Digest, Sha256IsTheStandards) {
  // FIPS 180-2, appendix B.
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, HexIsLowerCaseAndKeepsZeroBytes) {
  EXPECT_EQ(Hex(std::string_view("\x00\x0f\xab\xff", 4)), "000fabff");
  EXPECT_EQ(Hex(""), "");
}

TEST(Digest, RandomTextsHaveTheLengthAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string text = RandomHex(8);
    EXPECT_EQ(text.size(), 16U);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(text).second);
  }
  EXPECT_EQ(RandomHex(0), "");
}

TEST(Digest, ConstantTimeEqualComparesAllOfBothTexts) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("token", "token"));
  EXPECT_FALSE(ConstantTimeEqual("token", "tokem"));
  EXPECT_FALSE(ConstantTimeEqual("token", "Token"));
  EXPECT_FALSE(ConstantTimeEqual("token", "toke"));
  EXPECT_FALSE(ConstantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace noizy
