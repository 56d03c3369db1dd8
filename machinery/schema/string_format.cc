#include "machinery/schema/string_format.h"

#include <re2/re2.h>

#include <array>
#include <charconv>

#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/value/base64.h"

namespace noizy {
namespace {

bool Matches(std::string_view text, const re2::RE2& pattern) {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

bool IsDate(std::string_view text) {
  std::string midnight(text);
  midnight.append("T00:00:00Z");
  return text.size() == 10 && ParseTime(midnight).ok();
}

bool IsIpv4(std::string_view text) {
  static const re2::RE2 kPattern(R"((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4})");
  return Matches(text, kPattern) && text.back() != '.';
}

// Groups of up to four hexadecimal digits between colons; the last may be an IPv4 address, which
// counts as two. -1: malformed.
int CountGroups(std::string_view text) {
  if (text.empty()) return 0;
  int count = 0;
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool hexadecimal =
        !group.empty() && group.size() <= 4 &&
        group.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    const bool last = colon == std::string_view::npos;
    if (last && group.find('.') != std::string_view::npos) return IsIpv4(group) ? count + 2 : -1;
    if (!hexadecimal) return -1;
    ++count;
    if (last) return count;
    text.remove_prefix(colon + 1);
  }
}

bool IsIpv6(std::string_view text) {
  constexpr int kGroups = 8;
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return CountGroups(text) == kGroups;
  const std::string_view before = text.substr(0, gap);
  const int head = CountGroups(before);
  const int tail = CountGroups(text.substr(gap + 2));
  // An IPv4 address can only be the end of the whole.
  const bool dotted_head = before.find('.') != std::string_view::npos;
  return head >= 0 && tail >= 0 && !dotted_head && head + tail < kGroups;
}

bool IsCidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view address = text.substr(0, slash);
  const std::string_view bits = text.substr(slash + 1);
  int count = 0;
  const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), count);
  if (error != std::errc() || end != bits.data() + bits.size() || count < 0) return false;
  return (IsIpv4(address) && count <= 32) || (IsIpv6(address) && count <= 128);
}

bool IsHostname(std::string_view text) {
  static const re2::RE2 kPattern(
      R"(([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)");
  return text.size() <= 253 && Matches(text, kPattern);
}

bool IsEmail(std::string_view text) {
  static const re2::RE2 kPattern(R"([^@\s<>]+@[^@\s<>]+)");
  return Matches(text, kPattern);
}

bool IsHexColor(std::string_view text) {
  static const re2::RE2 kPattern("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})");
  return Matches(text, kPattern);
}

bool IsMac(std::string_view text) {
  static const re2::RE2 kPattern("([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}");
  return Matches(text, kPattern);
}

bool IsUri(std::string_view text) {
  static const re2::RE2 kPattern(R"([a-zA-Z][-+.a-zA-Z0-9]*:\S+|/\S*)");
  return Matches(text, kPattern);
}

bool IsUuid(std::string_view text) {
  static const re2::RE2 kPattern(
      "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");
  return Matches(text, kPattern);
}

struct Format {
  std::string_view name;
  bool (*holds)(std::string_view text);
};

// date-time comes first: it is what nearly every schema asks for.
constexpr std::array<Format, 13> kFormats{{
    {"date-time", [](std::string_view text) { return ParseTime(text).ok(); }},
    {"byte", [](std::string_view text) { return DecodeBase64(text).ok(); }},
    {"date", IsDate},
    {"duration", [](std::string_view text) { return ParseDuration(text).ok(); }},
    {"hostname", IsHostname},
    {"ipv4", IsIpv4},
    {"ipv6", IsIpv6},
    {"cidr", IsCidr},
    {"email", IsEmail},
    {"hexcolor", IsHexColor},
    {"mac", IsMac},
    {"uri", IsUri},
    {"uuid", IsUuid},
}};

}  // namespace

bool HasFormat(std::string_view format, std::string_view text) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.holds(text);
  }
  return true;
}

}  // namespace noizy
