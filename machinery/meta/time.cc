#include "machinery/meta/time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>

namespace noizy {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t kMinYear = 1678;  // what int64 nanoseconds since 1970 can hold whole
constexpr std::int64_t kMaxYear = 2261;

void AppendDigits(std::string& out, std::int64_t number, int digits) {
  std::array<char, 20> text;
  for (int i = digits; i-- > 0; number /= 10)
    text[static_cast<std::size_t>(i)] = static_cast<char>('0' + number % 10);
  out.append(text.data(), static_cast<std::size_t>(digits));
}

// "2026-11-22T11:04:05" and then `fraction` of a second with that many digits. By hand: every
// write and every line of the audit log holds some.
std::string Format(WallTime time, std::int64_t fraction, int digits) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = std::chrono::floor<seconds>(time - day).count();
  std::string out;
  out.reserve(32);
  AppendDigits(out, static_cast<int>(date.year()), 4);
  out += '-';
  AppendDigits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  AppendDigits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  AppendDigits(out, second / 3600, 2);
  out += ':';
  AppendDigits(out, second / 60 % 60, 2);
  out += ':';
  AppendDigits(out, second % 60, 2);
  if (digits > 0) {
    out += '.';
    AppendDigits(out, fraction, digits);
  }
  out += 'Z';
  return out;
}

std::int64_t NanosecondsOf(WallTime time) {
  return (time - std::chrono::floor<seconds>(time)).count();
}

// Reads fixed-form text from the left; after the first fault every step fails.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  int Digits(std::size_t count, int low, int high) {
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!AtDigit()) return Fail();
      number = number * 10 + Take() - '0';
    }
    return number < low || number > high ? Fail() : number;
  }
  void Expect(char c) {
    if (rest_.empty() || rest_.front() != c) {
      Fail();
    } else {
      Take();
    }
  }
  nanoseconds Fraction() {
    if (!At('.')) return {};
    Take();
    if (!AtDigit()) Fail();
    std::int64_t unit = 100'000'000;
    std::int64_t count = 0;
    for (; AtDigit(); unit /= 10) count += unit * (Take() - '0');
    return nanoseconds(count);
  }
  minutes Offset() {
    if (At('Z')) {
      Take();
      return {};
    }
    const bool west = At('-');
    if (!west && !At('+')) Fail();
    if (!rest_.empty()) Take();
    const int hour = Digits(2, 0, 23);
    Expect(':');
    const minutes offset = hours(hour) + minutes(Digits(2, 0, 59));
    return west ? -offset : offset;
  }
  bool Done() const { return !failed_ && rest_.empty(); }

 private:
  bool At(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool AtDigit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  int Fail() {
    failed_ = true;
    return 0;
  }

  std::string_view rest_;
  bool failed_ = false;
};

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"\u00b5s", 1'000},
                                      {"\u03bcs", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

Status BadDuration(std::string_view why, std::string_view text) {
  return BadRequest("time: " + std::string(why) + " duration \"" + std::string(text) + "\"");
}

bool IsNumberPart(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

// `number` units as nanoseconds; empty when that is no number or does not fit.
std::optional<std::int64_t> Scale(std::string_view number, std::int64_t unit) {
  const std::size_t dot = std::min(number.find('.'), number.size());
  const std::string_view whole = number.substr(0, dot);
  const std::string_view fraction = dot < number.size() ? number.substr(dot + 1) : "";
  if (whole.empty() && fraction.empty()) return std::nullopt;
  std::int64_t count = 0;
  if (!whole.empty()) {
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (error != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  }
  if (count > std::numeric_limits<std::int64_t>::max() / unit - 1) return std::nullopt;
  double scale = static_cast<double>(unit);
  double part = 0;
  for (const char c : fraction) {
    if (c == '.') return std::nullopt;
    scale /= 10;
    part += scale * (c - '0');
  }
  return count * unit + static_cast<std::int64_t>(part + 0.5);
}

// "3m10s": `high` of a unit, then what remains in the next smaller one unless it is zero.
std::string TwoUnits(std::int64_t high, char high_unit, std::int64_t low, char low_unit) {
  std::string out = std::to_string(high) + high_unit;
  if (low != 0) out += std::to_string(low) + low_unit;
  return out;
}

}  // namespace

std::string FormatTime(WallTime time) {
  return Format(time, 0, 0);
}
std::string FormatMicroTime(WallTime time) {
  return Format(time, NanosecondsOf(time) / 1000, 6);
}
std::string FormatNanoTime(WallTime time) {
  return Format(time, NanosecondsOf(time), 9);
}

Result<WallTime> ParseTime(std::string_view text) {
  TimeReader reader(text);
  const int year = reader.Digits(4, kMinYear, kMaxYear);
  reader.Expect('-');
  const int month = reader.Digits(2, 1, 12);
  reader.Expect('-');
  const int day = reader.Digits(2, 1, 31);
  reader.Expect('T');
  const int hour = reader.Digits(2, 0, 23);
  reader.Expect(':');
  const int minute = reader.Digits(2, 0, 59);
  reader.Expect(':');
  const int second = reader.Digits(2, 0, 59);
  const nanoseconds fraction = reader.Fraction();
  const minutes offset = reader.Offset();
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!reader.Done() || !date.ok()) {
    return BadRequest("\"" + std::string(text) +
                      "\" is not an RFC 3339 time such as \"2026-11-22T11:04:05Z\"");
  }
  return WallTime(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) +
         fraction - offset;
}

Result<Duration> ParseDuration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);
  if (rest == "0") return Duration(0);
  if (rest.empty()) return BadDuration("invalid", text);
  std::int64_t total = 0;
  while (!rest.empty()) {
    std::size_t end = 0;
    while (end < rest.size() && IsNumberPart(rest[end])) ++end;
    const std::string_view number = rest.substr(0, end);
    rest.remove_prefix(end);
    end = 0;
    while (end < rest.size() && !IsNumberPart(rest[end])) ++end;
    const std::string_view name = rest.substr(0, end);
    rest.remove_prefix(end);
    if (number.empty()) return BadDuration("invalid", text);
    if (name.empty()) return BadDuration("missing unit in", text);
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(),
                                    [&](const Unit& candidate) { return candidate.name == name; });
    if (unit == kUnits.end()) {
      return BadDuration("unknown unit \"" + std::string(name) + "\" in", text);
    }
    const auto part = Scale(number, unit->nanoseconds);
    if (!part || *part > std::numeric_limits<std::int64_t>::max() - total) {
      return BadDuration("invalid", text);
    }
    total += *part;
  }
  return Duration(negative ? -total : total);
}

std::string HumanDuration(Duration duration) {
  const std::int64_t second = std::chrono::duration_cast<seconds>(duration).count();
  const std::int64_t minute = second / 60;
  const std::int64_t hour = minute / 60;
  const std::int64_t day = hour / 24;
  // Two machines' clocks may disagree by a moment; more than that is worth showing.
  if (second < -1) return "<invalid>";
  if (second < 0) return "0s";
  if (second < 60 * 2) return std::to_string(second) + "s";
  if (minute < 10) return TwoUnits(minute, 'm', second % 60, 's');
  if (minute < 60 * 3) return std::to_string(minute) + "m";
  if (hour < 8) return TwoUnits(hour, 'h', minute % 60, 'm');
  if (hour < 48) return std::to_string(hour) + "h";
  if (day < 8) return TwoUnits(day, 'd', hour % 24, 'h');
  if (day < 365 * 2) return std::to_string(day) + "d";
  if (day < 365 * 8) return TwoUnits(day / 365, 'y', day % 365, 'd');
  return std::to_string(day / 365) + "y";
}

}  // namespace noizy
