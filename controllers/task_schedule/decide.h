// The TaskSchedule controller's decision. Pure: no clock, no I/O, no randomness.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controllers/task_schedule/cron.h"
#include "machinery/base/clock.h"
#include "machinery/meta/condition.h"

namespace noizy::task_schedule {

/// A time less than this past was not missed: the resolution of a schedule is the minute.
inline constexpr std::int64_t kOnTimeSeconds = 60;

enum class Concurrency : std::uint8_t { kAllow, kForbid, kReplace };
enum class Missed : std::uint8_t { kRunLast, kSkip };
enum class State : std::uint8_t { kActive, kSucceeded, kFailed };

struct Summary {
  std::vector<Condition> conditions;
  std::int64_t active = 0;
  std::optional<std::int64_t> last_time;  // seconds since 1970
  std::string last_task;

  bool operator==(const Summary&) const = default;
};

/// All that the decision needs. Times are seconds since 1970.
struct Observed {
  std::int64_t now = 0;
  std::int64_t created = 0;
  std::int64_t generation = 0;
  bool being_deleted = false;
  std::string name;
  /// What is wrong with the schedule or its time zone; "" when nothing is.
  std::string fault;
  Cron cron;
  TimeZone zone;
  Concurrency concurrency = Concurrency::kAllow;
  Missed missed = Missed::kRunLast;
  std::optional<std::int64_t> starting_deadline;
  bool suspend = false;
  std::size_t keep_succeeded = 3;
  std::size_t keep_failed = 1;
  std::map<std::string, State> tasks;  // by name, which is by time
  Summary summary;
};

struct Plan {
  /// The Task to make.
  std::optional<std::string> create;
  std::vector<std::string> remove;
  /// Why a time was passed over, when one was.
  std::string skipped;
  /// To be written when given.
  std::optional<Summary> summary;
  std::optional<std::int64_t> look_again;
};

Plan Decide(const Observed& seen);

}  // namespace noizy::task_schedule
