// The TaskSet controller's decision. Pure: no clock, no I/O, no randomness.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/meta/condition.h"

namespace noizy::task_set {

/// Tasks made in one reconcile; the rest follows in the next.
inline constexpr std::size_t kCreationsPerPass = 64;

enum class State : std::uint8_t { kActive, kSucceeded, kFailed };

/// A Task of the set.
struct Member {
  State state = State::kActive;
  bool suspended = false;
  bool being_deleted = false;
};

struct Summary {
  std::vector<Condition> conditions;
  std::int64_t active = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::string failed_indexes;
  std::optional<WallTime> completion_time;

  bool operator==(const Summary&) const = default;
};

/// All that the decision needs.
struct Observed {
  WallTime now;
  std::int64_t generation = 0;
  bool being_deleted = false;
  std::int64_t completions = 1;
  std::int64_t parallelism = 1;
  std::int64_t max_failed_indexes = 0;
  bool gang = false;
  bool suspend = false;
  std::optional<Duration> ttl;
  std::map<std::int64_t, Member> members;  // by index
  Summary summary;
};

struct Plan {
  std::vector<std::int64_t> create;
  std::vector<std::int64_t> cancel;
  /// Tasks whose `suspend` is to be the set's.
  std::vector<std::int64_t> suspend;
  /// To be written when given.
  std::optional<Summary> summary;
  bool remove = false;
  /// The limits ended the plan; there is more to make.
  bool more = false;
  std::optional<WallTime> look_again;
};

Plan Decide(const Observed& seen);

/// "1,3-5" of sorted numbers.
std::string RangesOf(const std::vector<std::int64_t>& indexes);

}  // namespace noizy::task_set
