// What a Node's conditions are, from its lease and its usage. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/meta/condition.h"

namespace noizy::node_lifecycle {

struct Observed {
  WallTime now;
  std::int64_t generation = 0;
  /// The node's agent was connected at least once.
  bool has_lease = false;
  /// When the lease ended, as the API server saw it; "" while it is held.
  std::string expired_time;
  /// When the machine was suspended, as its agent told before; "" while it is awake.
  std::string asleep_time;
  /// How long the machine slept before that, when it did.
  std::optional<Duration> slept;
  /// Since when the lease is held beyond its end, because the control plane has no network; "" when
  /// it is not.
  std::string held_since;
  // Bytes; empty where the agent does not tell.
  std::optional<std::int64_t> memory_capacity;
  std::optional<std::int64_t> memory_used;
  std::optional<std::int64_t> disk_capacity;
  std::optional<std::int64_t> disk_free;
  std::vector<Condition> conditions;
};

struct Note {
  bool warning = false;
  std::string reason;
  std::string message;

  bool operator==(const Note&) const = default;
};

struct Plan {
  /// To be written when given.
  std::optional<std::vector<Condition>> conditions;
  std::vector<Note> events;
};

// A pressure begins where the machine is about to suffer and ends only well below, so that it does
// not flap.
inline constexpr double kMemoryPressureBegins = 0.95;  // of the capacity in use
inline constexpr double kMemoryPressureEnds = 0.90;
inline constexpr double kDiskPressureBegins = 0.95;
inline constexpr double kDiskPressureEnds = 0.90;

Plan Decide(const Observed& seen);

}  // namespace noizy::node_lifecycle
