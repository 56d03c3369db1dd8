#include "machinery/model/retry_after.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <string>

#include "machinery/meta/time.h"

namespace noizy::model {
namespace {

// Whoever asks for more has been asked for the last time today anyway.
constexpr Duration kLongest = std::chrono::hours(24);

std::optional<double> NumberIn(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return {};
  return number;
}

Duration Bounded(double seconds) {
  const double longest = std::chrono::duration<double>(kLongest).count();
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, longest)));
}

std::optional<Duration> Until(WallTime then, WallTime now) {
  return std::clamp<Duration>(then - now, Duration::zero(), kLongest);
}

std::optional<Duration> FromRetryAfter(std::string_view text, WallTime now) {
  if (const auto seconds = NumberIn(text)) {
    return *seconds < 0 ? std::nullopt : std::optional(Bounded(*seconds));
  }
  if (const auto date = ParseHttpDate(text)) return Until(*date, now);
  return {};
}

std::optional<Duration> FromReset(std::string_view text, WallTime now) {
  if (const Result<Duration> span = ParseDuration(text); span.ok()) {
    return std::clamp(*span, Duration::zero(), kLongest);
  }
  if (const Result<WallTime> time = ParseTime(text); time.ok()) return Until(*time, now);
  return {};
}

// One limit's "remaining" and "reset" headers.
struct LimitHeaders {
  std::string_view remaining;
  std::string_view reset;
};

constexpr std::array kLimits = {
    LimitHeaders{"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    LimitHeaders{"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    LimitHeaders{"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
    LimitHeaders{"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
    LimitHeaders{"anthropic-ratelimit-input-tokens-remaining",
                 "anthropic-ratelimit-input-tokens-reset"},
    LimitHeaders{"anthropic-ratelimit-output-tokens-remaining",
                 "anthropic-ratelimit-output-tokens-reset"},
};

// The latest reset among the limits that are used up: before it the next request is refused again.
std::optional<Duration> FromLimits(const HttpHeaders& headers, WallTime now) {
  std::optional<Duration> longest;
  for (const LimitHeaders& limit : kLimits) {
    if (FindHeader(headers, limit.remaining) != "0") continue;
    const auto reset = FromReset(FindHeader(headers, limit.reset), now);
    if (reset && (!longest || *reset > *longest)) longest = reset;
  }
  return longest;
}

std::optional<int> DigitsIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return number;
}

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view kHttpDateShape = "Sun, 06 Nov 1994 08:49:37 GMT";

}  // namespace

std::optional<Duration> RetryAfter(const HttpHeaders& headers, WallTime now) {
  if (const auto ms = NumberIn(FindHeader(headers, "Retry-After-Ms")); ms && *ms >= 0) {
    return Bounded(*ms / 1000);
  }
  if (const auto asked = FromRetryAfter(FindHeader(headers, "Retry-After"), now)) return asked;
  return FromLimits(headers, now);
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  if (text.size() != kHttpDateShape.size() || !text.ends_with(" GMT")) return {};
  const std::size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return {};
  // The same time as RFC 3339, which somebody else reads.
  const std::string number = std::to_string(month / 3 + 1);
  std::string time(text.substr(12, 4));
  time.append("-").append(number.size() == 1 ? "0" : "").append(number);
  time.append("-").append(text.substr(5, 2)).append("T").append(text.substr(17, 8)).append("Z");
  if (!DigitsIn(text.substr(12, 4))) return {};
  const Result<WallTime> parsed = ParseTime(time);
  return parsed.ok() ? std::optional(*parsed) : std::nullopt;
}

}  // namespace noizy::model
