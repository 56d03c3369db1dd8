#include "machinery/value/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace noizy {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> MakeReverse() {
  std::array<std::uint8_t, 256> reverse{};
  reverse.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    reverse[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return reverse;
}
constexpr auto kReverse = MakeReverse();

// The text without line breaks and without its padding; BadRequest when the padding is wrong.
Result<std::string> Unpadded(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r') digits += c;
  }
  if (digits.size() % 4 != 0)
    return BadRequest("base64 text must be padded to a multiple of 4 characters");
  for (int i = 0; i < 2 && !digits.empty() && digits.back() == '='; ++i) digits.pop_back();
  return digits;
}

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kAlphabet[group >> (18 - 6 * k) & 0x3F] : '=';
    }
  }
  return out;
}

Result<std::string> DecodeBase64(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const std::string digits, Unpadded(text));
  std::string out;
  out.reserve(digits.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : digits) {
    const std::uint8_t digit = kReverse[static_cast<unsigned char>(c)];
    if (digit == kInvalid)
      return BadRequest("base64 text holds a character that is none of its alphabet");
    bits = bits << 6 | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return out;
}

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text = EncodeBase64(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

Result<std::string> DecodeBase64Url(std::string_view text) {
  if (text.find_first_of("+/=\n\r") != std::string_view::npos || text.size() % 4 == 1)
    return BadRequest("not base64 of the URL-safe kind");
  std::string padded(text);
  std::ranges::replace(padded, '-', '+');
  std::ranges::replace(padded, '_', '/');
  while (padded.size() % 4 != 0) padded += '=';
  NOIZY_ASSIGN_OR_RETURN(std::string bytes, DecodeBase64(padded));
  // Two texts must not stand for the same bytes: a token would have several forms.
  if (EncodeBase64Url(bytes) != text) return BadRequest("base64 text has stray bits at its end");
  return bytes;
}

}  // namespace noizy
