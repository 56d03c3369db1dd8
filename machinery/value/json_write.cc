#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "machinery/value/json.h"
#include "machinery/value/pretty_json.h"

namespace noizy {
namespace {

/// What stands for a byte inside a JSON string: 0 as it is, 'u' as \u00XX, else a backslash and
/// this letter.
constexpr std::array<char, 256> MakeEscapes() {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = MakeEscapes();

/// Where the next byte that needs an escape stands, from `at` on. Eight bytes are looked at
/// together: in a word, the highest bit of each byte that is below 0x20, a quote or a backslash
/// ends up set (Mycroft's test for zero bytes; false alarms only above a true one).
std::size_t NextEscape(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
    if ((control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0) break;
  }
  while (at < text.size() && kEscapes[static_cast<unsigned char>(text[at])] == 0) ++at;
  return at;
}

/// The text between quotes, with the escapes it needs.
void AppendEscaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::size_t plain_from = 0;
  for (std::size_t i = NextEscape(text, 0); i < text.size(); i = NextEscape(text, i + 1)) {
    const auto byte = static_cast<unsigned char>(text[i]);
    out.append(text, plain_from, i - plain_from);
    plain_from = i + 1;
    out += '\\';
    out += kEscapes[byte];
    if (kEscapes[byte] == 'u') {
      out += "00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out.append(text, plain_from);
}

/// `text` as a JSON string; `end` is the closing quote and what follows. Most are short and plain:
/// those are put together aside and appended at once.
void AppendString(std::string& out, std::string_view text, std::string_view end) {
  constexpr std::size_t kShort = 64;
  if (text.size() > kShort || NextEscape(text, 0) < text.size()) {
    out += '"';
    AppendEscaped(out, text);
    out += end;
    return;
  }
  std::array<char, kShort + 4> buffer;
  buffer[0] = '"';
  char* at = std::copy(text.begin(), text.end(), buffer.data() + 1);
  at = std::copy(end.begin(), end.end(), at);
  out.append(buffer.data(), at);
}

template <typename Integer>
void AppendInteger(std::string& out, Integer number) {
  std::array<char, 24> buffer;
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), written.ptr);
}

/// A finite double's shortest decimal: `digits` without a point, and the power of ten of the first
/// one.
struct Decimal {
  bool negative = false;
  std::string_view digits;
  int exponent = 0;
};

Decimal ShortestDecimal(double number, std::array<char, 40>& buffer) {
  char* const end = buffer.data() + buffer.size();
  const auto written = std::to_chars(buffer.data(), end, number, std::chars_format::scientific);
  char* begin = buffer.data();
  Decimal decimal{.negative = *begin == '-', .digits = {}, .exponent = 0};
  if (decimal.negative) ++begin;
  char* mark = std::find(begin, written.ptr, 'e');
  const char* exponent = mark + (mark[1] == '+' ? 2 : 1);
  std::from_chars(exponent, written.ptr, decimal.exponent);
  if (mark - begin > 1) {  // "1.25e…": the point gives way to the digit before it
    begin[1] = begin[0];
    ++begin;
  }
  decimal.digits = {begin, static_cast<std::size_t>(mark - begin)};
  return decimal;
}

void AppendPlain(std::string& out, const Decimal& decimal) {
  const auto whole = static_cast<std::size_t>(std::max(decimal.exponent + 1, 0));
  const std::string_view digits = decimal.digits;
  if (whole == 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
    out += digits;
  } else if (digits.size() <= whole) {
    out += digits;
    out.append(whole - digits.size(), '0');
  } else {
    out += digits.substr(0, whole);
    out += '.';
    out += digits.substr(whole);
  }
}

void AppendWithExponent(std::string& out, const Decimal& decimal) {
  out += decimal.digits[0];
  if (decimal.digits.size() > 1) {
    out += '.';
    out += decimal.digits.substr(1);
  }
  out += decimal.exponent < 0 ? "e-" : "e+";
  AppendInteger(out, std::abs(decimal.exponent));
}

void AppendDouble(std::string& out, double number) {
  if (!std::isfinite(number)) {  // cannot be parsed in; a computed one has no JSON form
    out += "null";
    return;
  }
  if (number == 0) {  // -0 too: it would be read back as the integer 0
    out += '0';
    return;
  }
  std::array<char, 40> buffer;
  const Decimal decimal = ShortestDecimal(number, buffer);
  if (decimal.negative) out += '-';
  if (decimal.exponent < -6 || decimal.exponent >= 21) {
    AppendWithExponent(out, decimal);
  } else {
    AppendPlain(out, decimal);
  }
}

void AppendScalar(std::string& out, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return;
    case boost::json::kind::int64:
      AppendInteger(out, value.get_int64());
      return;
    case boost::json::kind::uint64:
      AppendInteger(out, value.get_uint64());
      return;
    case boost::json::kind::double_:
      AppendDouble(out, value.get_double());
      return;
    case boost::json::kind::string:
      AppendJsonString(out, View(value.get_string()));
      return;
    default:
      out += "null";
  }
}

// JSON with each member and item on a line of its own.
class PrettyWriter {
 public:
  PrettyWriter(std::string& out, int indent) : out_(out), indent_(indent) {}
  void Append(const Value& value) { AppendAt(value, 0); }

 private:
  void AppendLineBreak(int depth) {
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth * indent_), ' ');
  }
  void AppendAt(const Value& value, int depth);

  std::string& out_;
  int indent_;
};

void PrettyWriter::AppendAt(const Value& value, int depth) {
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    char separator = '{';
    for (const auto& [key, member] : *object) {
      out_ += separator;
      separator = ',';
      AppendLineBreak(depth + 1);
      AppendJsonString(out_, {key.data(), key.size()});
      out_ += ": ";
      AppendAt(member, depth + 1);
    }
    AppendLineBreak(depth);
    out_ += '}';
  } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
    char separator = '[';
    for (const Value& element : *array) {
      out_ += separator;
      separator = ',';
      AppendLineBreak(depth + 1);
      AppendAt(element, depth + 1);
    }
    AppendLineBreak(depth);
    out_ += ']';
  } else {
    AppendJson(out_, value);
  }
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  AppendString(out, text, "\"");
}

void AppendJson(std::string& out, const Value& value) {
  if (const Object* object = value.if_object()) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : *object) {
      if (!first) out += ',';
      first = false;
      AppendString(out, {key.data(), key.size()}, "\":");
      AppendJson(out, member);
    }
    out += '}';
  } else if (const Array* array = value.if_array()) {
    out += '[';
    bool first = true;
    for (const Value& element : *array) {
      if (!first) out += ',';
      first = false;
      AppendJson(out, element);
    }
    out += ']';
  } else {
    AppendScalar(out, value);
  }
}

std::string ToJson(const Value& value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

std::string ToPrettyJson(const Value& value) {
  return ToIndentedJson(value, 4);
}

std::string ToIndentedJson(const Value& value, int indent) {
  std::string out;
  PrettyWriter(out, indent).Append(value);
  return out;
}

}  // namespace noizy
