#include "tools/kindgen/names.h"

#include <algorithm>
#include <array>

namespace noizy::kindgen {
namespace {

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
char Lower(char c) {
  return static_cast<char>(IsUpper(c) ? c - 'A' + 'a' : c);
}

// The reserved words that an API field may well be called.
constexpr std::array<std::string_view, 30> kReserved{
    "and",    "auto",     "bool",   "break",   "case",   "catch", "char",      "class",
    "const",  "default",  "delete", "do",      "double", "else",  "enum",      "explicit",
    "export", "float",    "for",    "if",      "int",    "long",  "namespace", "new",
    "not",    "operator", "or",     "private", "public", "switch"};
constexpr std::array<std::string_view, 14> kMoreReserved{
    "protected", "register", "return", "short",    "signed", "static", "struct",
    "template",  "this",     "try",    "typename", "union",  "using",  "while"};

// Whether the small letter at `at` is the s of an acronym's plural, as in "URLs".
bool IsPluralS(std::string_view name, std::size_t at) {
  return name[at] == 's' && (at + 1 == name.size() || !IsLower(name[at + 1]));
}

bool IsReserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end() ||
         std::find(kMoreReserved.begin(), kMoreReserved.end(), word) != kMoreReserved.end();
}

}  // namespace

std::string MemberName(std::string_view api_name) {
  std::string out;
  for (std::size_t i = 0; i < api_name.size(); ++i) {
    const char c = api_name[i];
    const char before = i > 0 ? api_name[i - 1] : '\0';
    const char after = i + 1 < api_name.size() ? api_name[i + 1] : '\0';
    // A word starts after a small letter or digit, and with the last capital of an acronym that
    // another word follows.
    const bool word_follows = IsLower(after) && !IsPluralS(api_name, i + 1);
    const bool starts_word =
        IsUpper(c) && (IsLower(before) || IsDigit(before) || (IsUpper(before) && word_follows));
    if (starts_word) out += '_';
    out += IsUpper(c) || IsLower(c) || IsDigit(c) ? Lower(c) : '_';
  }
  if (!out.empty() && IsDigit(out.front())) out.insert(out.begin(), '_');
  return IsReserved(out) ? out + "_" : out;
}

std::string StructName(std::string_view api_name) {
  std::string out;
  bool start = true;
  for (const char c : api_name) {
    if (!IsUpper(c) && !IsLower(c) && !IsDigit(c)) {
      start = true;
      continue;
    }
    out += start && IsLower(c) ? static_cast<char>(c - 'a' + 'A') : c;
    start = false;
  }
  return out;
}

std::string Literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace noizy::kindgen
