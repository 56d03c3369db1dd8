#include "machinery/value/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "machinery/value/utf8.h"

namespace noizy {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Words that are no strings; empty when `text` is none of them.
std::optional<YamlScalar> ResolveWord(std::string_view text) {
  // Longer than the longest word, "false": most values, decided without a comparison.
  if (text.size() > 5) return std::nullopt;
  if (IsOneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) {
    return YamlScalar{YamlScalarKind::kBool, true};
  }
  if (IsOneOf(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    return YamlScalar{YamlScalarKind::kBool, false};
  }
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"}))
    return YamlScalar{YamlScalarKind::kNull, nullptr};
  if (text == "<<") return YamlScalar{YamlScalarKind::kMerge, nullptr};
  const std::string_view unsigned_text =
      text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
  if (IsOneOf(unsigned_text, {".inf", ".Inf", ".INF"}) || IsOneOf(text, {".nan", ".NaN", ".NAN"})) {
    return YamlScalar{YamlScalarKind::kNotFinite, nullptr};
  }
  return std::nullopt;
}

/// Takes the prefix of a number off `text` and returns the base it names: Go's strconv.ParseInt
/// with base 0.
int TakeBase(std::string_view& text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  const char letter = static_cast<char>(text[1] | 0x20);
  const int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
  text.remove_prefix(base == 0 ? 1 : 2);
  return base == 0 ? 8 : base;
}

std::optional<Value> ParseInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  const bool has_sign = negative || text.starts_with('+');
  if (has_sign) text.remove_prefix(1);
  const int base = TakeBase(text);
  std::uint64_t magnitude = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  if (negative) {
    if (magnitude > kLimit) return std::nullopt;
    return Value(static_cast<std::int64_t>(-magnitude));
  }
  if (magnitude < kLimit) return Value(static_cast<std::int64_t>(magnitude));
  return has_sign ? std::nullopt : std::optional<Value>(Value(magnitude));
}

std::size_t SkipDigits(std::string_view text, std::size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

/// [-+]? ( .D+ | D+ (.D*)? ) ( [eE] [-+]? D+ )?
bool LooksLikeFloat(std::string_view text) {
  std::size_t at = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
  const std::size_t whole = SkipDigits(text, at);
  const bool has_whole = whole > at;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = SkipDigits(text, at + 1);
    if (!has_whole && fraction == at + 1) return false;
    at = fraction;
  } else if (!has_whole) {
    return false;
  }
  if (at == text.size()) return true;
  if (text[at] != 'e' && text[at] != 'E') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  return SkipDigits(text, at) == text.size() && at < text.size();
}

/// The number as JSON would hold it: 1e3 is the integer 1000, since that is what its JSON text is
/// read back as.
std::optional<YamlScalar> ParseFloat(std::string_view text) {
  if (!LooksLikeFloat(text)) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc::result_out_of_range) {
    number = std::strtod(std::string(text).c_str(), nullptr);
    if (!std::isfinite(number)) return std::nullopt;  // as in go-yaml, 1e400 is a string
  }
  constexpr double kExact = 9007199254740992.0;  // 2^53: every integer below is exact
  if (number == std::trunc(number) && std::abs(number) < kExact) {
    return YamlScalar{YamlScalarKind::kFloat, static_cast<std::int64_t>(number)};
  }
  return YamlScalar{YamlScalarKind::kFloat, number};
}

YamlScalar ResolveNumber(std::string_view text) {
  std::string plain;
  if (text[0] != '.' && text.find('_') != std::string_view::npos) {
    std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
                 [](char c) { return c != '_'; });
    text = plain;
  }
  if (std::optional<Value> integer = ParseInteger(text)) return {YamlScalarKind::kInt, *integer};
  return ParseFloat(text).value_or(YamlScalar{});
}

/// What other readers of YAML 1.1 take for a time (2001-12-14…) or a base-60 number (1:30): strings
/// to us, quoted for them.
bool IsMoreToOthers(std::string_view text) {
  if (IsOneOf(text, {"y", "Y", "n", "N"})) return true;
  const std::size_t digits = SkipDigits(text, 0);
  if (digits == 4 && text.size() > 5 && text[4] == '-' && IsDigit(text[5])) {
    const std::size_t month = SkipDigits(text, 5);
    if (month < text.size() && text[month] == '-') return true;
  }
  const std::size_t sign = text.starts_with('+') || text.starts_with('-') ? 1 : 0;
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > sign && IsDigit(text[sign]) &&
         text.find_first_not_of("0123456789_:.", sign) == std::string_view::npos;
}

struct Contents {
  bool breaks = false;   // holds a line feed
  bool special = false;  // must be escaped: only double quotes can hold it
  bool tab = false;
};

Contents Inspect(std::string_view text) {
  Contents contents;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.value == '\n') contents.breaks = true;
    if (c.value == '\t') contents.tab = true;
    // NEL, LS and PS are line breaks to readers of YAML 1.1.
    const bool other_break =
        c.value == '\r' || c.value == 0x85 || c.value == 0x2028 || c.value == 0x2029;
    if (c.bytes == 0 || other_break || !IsYamlPrintable(c.value)) contents.special = true;
    at += std::max<std::size_t>(c.bytes, 1);
  }
  return contents;
}

/// A literal block holds it as it is. The first line must show the indentation, and blanks at a
/// line's end would be lost from sight.
bool FitsLiteral(std::string_view text) {
  if (text[0] == ' ' || text[0] == '\t' || text[0] == '\n') return false;
  const char last = text.back();
  return last != ' ' && last != '\t' && text.find(" \n") == std::string_view::npos &&
         text.find("\t\n") == std::string_view::npos;
}

bool PlainIsSafe(std::string_view text) {
  constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`?:=";
  if (text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  if (text.front() == '-' && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos;
}

YamlStyle StyleOfLine(std::string_view text, const Contents& contents) {
  if (text.empty() || contents.special || contents.tab) return YamlStyle::kDoubleQuoted;
  if (ResolvePlainScalar(text).kind != YamlScalarKind::kString || IsMoreToOthers(text)) {
    return YamlStyle::kDoubleQuoted;
  }
  return PlainIsSafe(text) ? YamlStyle::kPlain : YamlStyle::kSingleQuoted;
}

}  // namespace

YamlScalar ResolvePlainScalar(std::string_view text) {
  if (std::optional<YamlScalar> word = ResolveWord(text)) return *std::move(word);
  const char first = text[0];
  if (!IsDigit(first) && first != '+' && first != '-' && first != '.') {
    return {YamlScalarKind::kString, boost::json::string(text)};
  }
  YamlScalar number = ResolveNumber(text);
  if (number.kind == YamlScalarKind::kString) number.value = boost::json::string(text);
  return number;
}

YamlStyle StyleOfKey(std::string_view text) {
  const Contents contents = Inspect(text);
  return contents.breaks ? YamlStyle::kDoubleQuoted : StyleOfLine(text, contents);
}

YamlStyle StyleOfValue(std::string_view text) {
  const Contents contents = Inspect(text);
  if (!contents.breaks) return StyleOfLine(text, contents);
  return !contents.special && FitsLiteral(text) ? YamlStyle::kLiteral : YamlStyle::kDoubleQuoted;
}

}  // namespace noizy
