// Times as the API writes them: RFC 3339 in UTC, whole seconds (Time) or microseconds (MicroTime);
// and spans as people write them.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// "2026-11-22T11:04:05Z".
std::string FormatTime(WallTime time);
/// "2026-11-22T11:04:05.123456Z".
std::string FormatMicroTime(WallTime time);
/// "2026-11-22T11:04:05.123456789Z".
std::string FormatNanoTime(WallTime time);
/// Any RFC 3339 time, with fraction and offset.
Result<WallTime> ParseTime(std::string_view text);

/// Go's duration syntax ("1h30m", "500ms", "0.5s").
Result<Duration> ParseDuration(std::string_view text);
/// Kubernetes' short ages for tables: 45s, 3m10s, 5h, 2d3h, 3y12d (duration.HumanDuration).
std::string HumanDuration(Duration duration);

}  // namespace noizy
