// How long a provider asks to be left alone, in all the forms that providers write.
#pragma once

#include <optional>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/transport/http.h"

namespace noizy::model {

/// From, in this order: Retry-After-Ms (milliseconds), Retry-After (seconds with or without a
/// fraction, or an HTTP date, RFC 9110 10.2.3), and the reset of a rate limit of which nothing
/// remains: OpenAI's x-ratelimit-reset-* ("1s", "6m0s"), Anthropic's anthropic-ratelimit-*-reset
/// (RFC 3339). Never negative, a day at the most; empty when nothing usable was said.
std::optional<Duration> RetryAfter(const HttpHeaders& headers, WallTime now);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7, the form that is to be sent).
std::optional<WallTime> ParseHttpDate(std::string_view text);

}  // namespace noizy::model
