#include "controllers/node_lifecycle/decide.h"

#include <string_view>
#include <utility>

#include "machinery/meta/time.h"

namespace noizy::node_lifecycle {
namespace {

constexpr std::string_view kAsleep = "Asleep";

struct Verdict {
  std::string_view status;
  std::string_view reason;
  std::string message;
};

Verdict Ready(const Observed& seen) {
  if (!seen.has_lease)
    return {"Unknown", "NeverConnected", "The node's agent has not connected yet"};
  // Said before it went silent: it is where it should be, and comes back.
  if (!seen.asleep_time.empty()) {
    return {"Unknown", kAsleep,
            "The machine was suspended at " + seen.asleep_time + ", as its agent told"};
  }
  if (!seen.expired_time.empty()) {
    return {"Unknown", "LeaseExpired",
            "The node's agent went silent; its lease expired at " + seen.expired_time};
  }
  if (!seen.held_since.empty()) {
    return {"Unknown", "ControlPlaneCutOff",
            "The control plane has had no network since " + seen.held_since +
                "; what the node runs is left to it"};
  }
  std::string message = "The node's agent is connected and holds its lease";
  if (seen.slept) message += "; before that, its machine slept for " + HumanDuration(*seen.slept);
  return {"True", "AgentConnected", std::move(message)};
}

/// One kind of pressure: its names and its bounds.
struct Pressure {
  std::string_view condition;
  std::string_view under;   // the reason while it holds
  std::string_view enough;  // the reason while it does not
  double begins;
  double ends;
};
constexpr Pressure kMemory{"MemoryPressure", "MemoryIsShort", "MemoryIsSufficient",
                           kMemoryPressureBegins, kMemoryPressureEnds};
constexpr Pressure kDisk{"DiskPressure", "DiskIsShort", "DiskIsSufficient", kDiskPressureBegins,
                         kDiskPressureEnds};

// A silent node's pressure is not known; one whose agent does not measure it has no such condition.
std::optional<Verdict> Judge(const Pressure& pressure, const Observed& seen,
                             std::optional<double> used_share) {
  const Condition* before = FindCondition(seen.conditions, pressure.condition);
  if (!seen.expired_time.empty() || !seen.asleep_time.empty() || !seen.held_since.empty() ||
      !seen.has_lease) {
    if (before == nullptr) return {};
    return Verdict{"Unknown", "NodeSilent", "The node's agent is not connected"};
  }
  if (!used_share) return {};
  const bool was = before != nullptr && before->status == "True";
  const bool is = *used_share >= (was ? pressure.ends : pressure.begins);
  // No figures in the message: they would change, and be written, with every report.
  if (is) return Verdict{"True", pressure.under, "Almost all of it is in use"};
  return Verdict{"False", pressure.enough, "There is enough of it"};
}

std::optional<double> Share(std::optional<std::int64_t> part, std::optional<std::int64_t> whole) {
  if (!part || !whole || *whole <= 0) return {};
  return static_cast<double>(*part) / static_cast<double>(*whole);
}

std::optional<double> DiskShare(const Observed& seen) {
  const auto free = Share(seen.disk_free, seen.disk_capacity);
  return free ? std::optional(1 - *free) : std::nullopt;
}

void Set(std::vector<Condition>& conditions, std::string_view type, const Verdict& verdict,
         const Observed& seen) {
  Condition next{std::string(type),
                 std::string(verdict.status),
                 std::string(verdict.reason),
                 verdict.message,
                 {},
                 seen.generation};
  SetCondition(conditions, std::move(next), FormatTime(seen.now));
}

// Going to sleep is no misfortune.
std::optional<Note> ReadyNote(const Observed& seen, const Verdict& ready) {
  const Condition* before = FindCondition(seen.conditions, "Ready");
  const bool was = before != nullptr && before->status == "True";
  const bool is = ready.status == "True";
  if (was == is) return {};
  if (ready.reason == kAsleep) return Note{false, "NodeAsleep", ready.message};
  return Note{!is, is ? "NodeReady" : "NodeNotReady", ready.message};
}

}  // namespace

Plan Decide(const Observed& seen) {
  std::vector<Condition> next = seen.conditions;
  const Verdict ready = Ready(seen);
  Set(next, "Ready", ready, seen);
  if (const auto memory = Judge(kMemory, seen, Share(seen.memory_used, seen.memory_capacity)))
    Set(next, kMemory.condition, *memory, seen);
  if (const auto disk = Judge(kDisk, seen, DiskShare(seen)))
    Set(next, kDisk.condition, *disk, seen);

  Plan plan;
  if (auto note = ReadyNote(seen, ready)) plan.events.push_back(*std::move(note));
  if (next != seen.conditions) plan.conditions = std::move(next);
  return plan;
}

}  // namespace noizy::node_lifecycle
