// Cron expressions, as Kubernetes' CronJob reads them: five fields with *, lists, ranges, steps and
// names, or @hourly and its like.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "controllers/task_schedule/time_zone.h"
#include "machinery/base/status.h"

namespace noizy::task_schedule {

/// A year that has no such day ends the search: February 30th never comes.
inline constexpr int kYearsAhead = 8;

class Cron {
 public:
  /// BadRequest names the field at fault.
  static Result<Cron> Parse(std::string_view text);

  /// The first time after `utc` (seconds since 1970); none within kYearsAhead.
  std::optional<std::int64_t> Next(std::int64_t utc, const TimeZone& zone) const;

 private:
  bool IsDay(std::int64_t day) const;
  std::optional<std::int64_t> OnDay(std::int64_t day, std::int64_t after,
                                    const TimeZone& zone) const;

  std::bitset<64> minutes_;
  std::bitset<64> hours_;
  std::bitset<64> days_;
  std::bitset<64> months_;
  std::bitset<64> weekdays_;  // 0: Sunday
  bool any_day_ = false;      // the day of month is "*"
  bool any_weekday_ = false;
};

}  // namespace noizy::task_schedule
