#include "machinery/value/utf8.h"

#include <gtest/gtest.h>

namespace noizy {
namespace {

TEST(Utf8, DecodesOneCodePointOfEachLength) {
  const std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  const std::pair<char32_t, std::size_t> expected[] = {{U'a', 1}, {U'é', 2}, {U'€', 3}, {U'😀', 4}};
  std::size_t at = 0;
  for (const auto& [value, bytes] : expected) {
    const CodePoint c = DecodeUtf8(text, at);
    EXPECT_EQ(c.value, value);
    EXPECT_EQ(c.bytes, bytes);
    at += bytes;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Utf8, RefusesWhatIsNoUtf8) {
  for (const std::string_view text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_EQ(DecodeUtf8(text, 0).bytes, 0U) << text;
  }
  EXPECT_EQ(DecodeUtf8("\xF4\x8F\xBF\xBF", 0).value, char32_t{0x10FFFF});
}

TEST(Utf8, KnowsWhatMayStandInAYamlStream) {
  for (const char32_t c : {U'\t', U'\n', U'\r', U' ', U'~', char32_t{0x85}, U'é', U'😀'}) {
    EXPECT_TRUE(IsYamlPrintable(c)) << static_cast<std::uint32_t>(c);
  }
  for (const std::uint32_t c : {0x00, 0x01, 0x0B, 0x1B, 0x7F, 0x80, 0x9F, 0xFEFF, 0xFFFE}) {
    EXPECT_FALSE(IsYamlPrintable(c)) << c;
  }
}

}  // namespace
}  // namespace noizy
