#include "machinery/meta/quantity.h"

#include <array>
#include <charconv>
#include <limits>

namespace noizy {
namespace {

// Wide enough for 18 digits times an exa suffix.
__extension__ typedef unsigned __int128 Wide;

constexpr std::size_t kMaxDigits = 19;  // what uint64 surely holds
constexpr int kMaxExponent = 18;        // 1E
constexpr std::int64_t kMilliPerUnit = 1000;

struct Suffix {
  std::string_view text;
  int binary_exponent;   // of two
  int decimal_exponent;  // of ten
};
constexpr std::array<Suffix, 16> kSuffixes{{{"", 0, 0},
                                            {"m", 0, -3},
                                            {"Ki", 10, 0},
                                            {"Mi", 20, 0},
                                            {"Gi", 30, 0},
                                            {"Ti", 40, 0},
                                            {"Pi", 50, 0},
                                            {"Ei", 60, 0},
                                            {"k", 0, 3},
                                            {"M", 0, 6},
                                            {"G", 0, 9},
                                            {"T", 0, 12},
                                            {"P", 0, 15},
                                            {"E", 0, 18},
                                            {"n", 0, -9},
                                            {"u", 0, -6}}};

Status Malformed(std::string_view text) {
  return BadRequest(
      "\"" + std::string(text) +
      "\" is not a quantity: quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' (e.g. \"500m\", \"1.5Gi\", \"2e3\")");
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// digits × 10^-scale.
struct Mantissa {
  std::uint64_t digits = 0;
  int scale = 0;
  bool inexact = false;  // something below `digits` was dropped
};

// Takes the number off the front of `text`; false when there is none or it is too long.
bool TakeMantissa(std::string_view& text, Mantissa& out) {
  std::size_t significant = 0;
  bool any = false;
  bool fraction = false;
  while (!text.empty() && (IsDigit(text.front()) || (text.front() == '.' && !fraction))) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '.') {
      fraction = true;
      continue;
    }
    any = true;
    if (significant >= kMaxDigits) {
      if (!fraction) return false;
      out.inexact = out.inexact || c != '0';
      continue;
    }
    out.digits = out.digits * 10 + static_cast<std::uint64_t>(c - '0');
    if (out.digits > 0) ++significant;
    if (fraction) ++out.scale;
  }
  return any;
}

// "Mi", "e3", "E-2"; false when it is none of these.
bool ReadSuffix(std::string_view text, Suffix& out) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) {
      out = suffix;
      return true;
    }
  }
  if (text.size() < 2 || (text.front() != 'e' && text.front() != 'E')) return false;
  text.remove_prefix(text[1] == '+' ? 2 : 1);
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), out.decimal_exponent);
  return error == std::errc() && end == text.data() + text.size() &&
         out.decimal_exponent >= -kMaxExponent && out.decimal_exponent <= kMaxExponent;
}

Wide PowerOfTen(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// mantissa × suffix in thousandths, rounded up; false when it does not fit.
bool ToMilli(const Mantissa& mantissa, const Suffix& suffix, std::int64_t& milli) {
  constexpr Wide kMax = std::numeric_limits<std::int64_t>::max();
  const int exponent = suffix.decimal_exponent + 3 - mantissa.scale;
  Wide value = Wide(mantissa.digits) << suffix.binary_exponent;
  if (exponent > 0) {
    const Wide power = PowerOfTen(std::min(exponent, 20));
    if (value > kMax / power) return false;
    value *= power;
  }
  bool remainder = mantissa.inexact;
  for (int i = exponent; i < 0; ++i) {
    remainder = remainder || value % 10 != 0;
    value /= 10;
  }
  if (remainder) ++value;
  if (value > kMax) return false;
  milli = static_cast<std::int64_t>(value);
  return true;
}

}  // namespace

Result<Quantity> ParseQuantity(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);
  Mantissa mantissa;
  Suffix suffix{};
  if (!TakeMantissa(rest, mantissa) || !ReadSuffix(rest, suffix)) return Malformed(text);
  Quantity quantity;
  if (!ToMilli(mantissa, suffix, quantity.milli)) {
    return BadRequest("the quantity \"" + std::string(text) +
                      "\" is too large (the most is 9223372036854775)");
  }
  if (negative) quantity.milli = -quantity.milli;
  return quantity;
}

std::string FormatDecimal(Quantity quantity) {
  constexpr std::array<std::string_view, 6> kDecimal{"", "k", "M", "G", "T", "P"};
  if (quantity.milli % kMilliPerUnit != 0) return std::to_string(quantity.milli) + "m";
  std::int64_t number = quantity.milli / kMilliPerUnit;
  std::size_t suffix = 0;
  while (number != 0 && number % 1000 == 0 && suffix + 1 < kDecimal.size()) {
    number /= 1000;
    ++suffix;
  }
  return std::to_string(number) + std::string(kDecimal[suffix]);
}

std::string FormatBytes(std::int64_t bytes) {
  constexpr std::array<std::string_view, 7> kBinary{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  std::size_t suffix = 0;
  while (bytes != 0 && bytes % 1024 == 0 && suffix + 1 < kBinary.size()) {
    bytes /= 1024;
    ++suffix;
  }
  return std::to_string(bytes) + std::string(kBinary[suffix]);
}

}  // namespace noizy
