// A time zone's offsets, read from the system's database (TZif, RFC 8536).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::task_schedule {

/// Immutable. Seconds since 1970, in UTC, throughout.
class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  /// What a file of the database holds. BadRequest when it is none.
  static Result<TimeZone> Parse(std::string_view file);

  /// Local time less UTC at that moment, in seconds.
  std::int64_t OffsetAt(std::int64_t utc) const;

 private:
  std::int64_t first_offset_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> changes_;  // from then on, this offset
};

/// By its IANA name. BadRequest for a name that the system does not know.
Result<TimeZone> LoadTimeZone(const std::string& name);

}  // namespace noizy::task_schedule
