#include "machinery/transport/url.h"

#include <algorithm>
#include <cctype>

namespace noizy {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// -1 for what is no hexadecimal digit.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { kIsPlus, kIsSpace };

Result<std::string> Decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kIsSpace) {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return BadRequest("the URL has a broken escape \"" + std::string(text.substr(i, 3)) + "\"");
    }
    const char c = static_cast<char>(high * 16 + low);
    if (c == '\0') return BadRequest("the URL has an encoded NUL");
    out += c;
    i += 2;
  }
  return out;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  return Decode(text, Plus::kIsPlus);
}

Result<QueryParameters> ParseQuery(std::string_view query) {
  QueryParameters parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    NOIZY_ASSIGN_OR_RETURN(std::string name, Decode(pair.substr(0, equals), Plus::kIsSpace));
    std::string value;
    if (equals != std::string_view::npos) {
      NOIZY_ASSIGN_OR_RETURN(value, Decode(pair.substr(equals + 1), Plus::kIsSpace));
    }
    parameters.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

std::string_view FindParameter(const QueryParameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

bool ParseBoolParameter(std::string_view text) {
  constexpr std::string_view kFalse = "false";
  const auto same = [](unsigned char a, char b) { return std::tolower(a) == b; };
  return !text.empty() && text != "0" && !std::ranges::equal(text, kFalse, same);
}

}  // namespace noizy
