#include <array>

#include "machinery/value/json.h"
#include "machinery/value/utf8.h"
#include "machinery/value/yaml.h"
#include "machinery/value/yaml_scalar.h"

namespace noizy {
namespace {

void AppendIndentation(std::string& out, int indentation) {
  out.append(static_cast<std::size_t>(indentation), ' ');
}

void AppendHex(std::string& out, char letter, char32_t value, int digits) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out += '\\';
  out += letter;
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out += kHex[(value >> shift) & 15U];
}

void AppendEscaped(std::string& out, char32_t c) {
  static constexpr std::pair<char32_t, char> kShort[] = {
      {0, '0'},     {'\a', 'a'}, {'\b', 'b'},   {'\t', 't'},  {'\n', 'n'},
      {'\v', 'v'},  {'\f', 'f'}, {'\r', 'r'},   {0x1B, 'e'},  {'"', '"'},
      {'\\', '\\'}, {0x85, 'N'}, {0x2028, 'L'}, {0x2029, 'P'}};
  for (const auto& [value, letter] : kShort) {
    if (value != c) continue;
    out += '\\';
    out += letter;
    return;
  }
  if (c <= 0xFF) return AppendHex(out, 'x', c, 2);
  if (c <= 0xFFFF) return AppendHex(out, 'u', c, 4);
  AppendHex(out, 'U', c, 8);
}

void AppendDoubleQuoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeUtf8(text, at);
    if (c.bytes == 0) {  // cannot come from a parser; U+FFFD keeps the document readable
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    const bool plain = c.value >= 0x20 && c.value != '"' && c.value != '\\' && c.value != 0x85 &&
                       c.value != 0x2028 && c.value != 0x2029 && IsYamlPrintable(c.value);
    if (plain) {
      out += text.substr(at, c.bytes);
    } else {
      AppendEscaped(out, c.value);
    }
    at += c.bytes;
  }
  out += '"';
}

void AppendSingleQuoted(std::string& out, std::string_view text) {
  out += '\'';
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
}

/// "|" and the text's lines, each indented. "-" says that no line break ends the text, "+" that
/// more than one does.
void AppendLiteral(std::string& out, std::string_view text, int indentation) {
  out += '|';
  if (!text.ends_with('\n')) {
    out += '-';
  } else if (text.ends_with("\n\n")) {
    out += '+';
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += '\n';
    if (end > 0) AppendIndentation(out, indentation);
    out += text.substr(0, end);
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

void AppendString(std::string& out, std::string_view text, YamlStyle style, int indentation) {
  switch (style) {
    case YamlStyle::kPlain:
      out += text;
      return;
    case YamlStyle::kSingleQuoted:
      AppendSingleQuoted(out, text);
      return;
    case YamlStyle::kDoubleQuoted:
      AppendDoubleQuoted(out, text);
      return;
    case YamlStyle::kLiteral:
      AppendLiteral(out, text, indentation);
      return;
  }
}

/// Writes values where the line stands, so that "- " may come before; `indentation` is that of a
/// value's further lines.
class YamlWriter {
 public:
  explicit YamlWriter(std::string& out) : out_(out) {}

  /// The members, the first one where the line stands, the others at `indentation`.
  void Members(const Object& object, int indentation) {
    bool first = true;
    for (const auto& [key, value] : object) {
      if (!first) AppendIndentation(out_, indentation);
      first = false;
      Key({key.data(), key.size()}, indentation);
      const Array* array = value.if_array();
      if (array != nullptr && !array->empty()) {
        out_ += '\n';
        AppendIndentation(out_, indentation);
        Elements(*array, indentation);
      } else if (const Object* inner = value.if_object(); inner != nullptr && !inner->empty()) {
        out_ += '\n';
        AppendIndentation(out_, indentation + 2);
        Members(*inner, indentation + 2);
      } else {
        out_ += ' ';
        Scalar(value, indentation + 2);
      }
    }
  }

  void Elements(const Array& array, int indentation) {
    bool first = true;
    for (const Value& value : array) {
      if (!first) AppendIndentation(out_, indentation);
      first = false;
      out_ += "- ";
      Block(value, indentation + 2);
    }
  }

  /// Any value, where the line stands.
  void Block(const Value& value, int indentation) {
    if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
      Members(*object, indentation);
    } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
      Elements(*array, indentation);
    } else {
      Scalar(value, indentation);
    }
  }

 private:
  /// Longer keys are no "simple keys" to a reader, and need the "? " form.
  static constexpr std::size_t kMaxSimpleKey = 900;

  void Key(std::string_view key, int indentation) {
    std::string written;
    AppendString(written, key, StyleOfKey(key), 0);
    if (written.size() > kMaxSimpleKey) {
      out_ += "? " + written + '\n';
      AppendIndentation(out_, indentation);
    } else {
      out_ += written;
    }
    out_ += ':';
  }

  void Scalar(const Value& value, int indentation) {
    if (value.is_string()) {
      const std::string_view text = View(value.get_string());
      AppendString(out_, text, StyleOfValue(text), indentation);
    } else if (value.is_object()) {
      out_ += "{}";
    } else if (value.is_array()) {
      out_ += "[]";
    } else {
      AppendJson(out_, value);
    }
    out_ += '\n';
  }

  std::string& out_;
};

}  // namespace

std::string ToYaml(const Value& value) {
  std::string out;
  YamlWriter(out).Block(value, value.is_string() ? 2 : 0);
  return out;
}

}  // namespace noizy
