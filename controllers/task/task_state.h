// What the task controller decides on and what it decides, as plain values.
//
//   Pending ──bound──▶ Scheduled ──started──▶ Running ──exit 0──▶ Succeeded
//      ▲   (scheduler)     │      (agent)        │      (agent)
//      │                   ▼                     ▼
//      └── retry, restart, fail-over ◀── the attempt ended, or its node went silent ──▶ Failed,
//      Cancelled
//
// The scheduler raises the attempt's number when it binds; agents' reports fill the attempt in;
// what follows an attempt is decided here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/meta/condition.h"

namespace noizy::task_controller {

enum class Phase : std::uint8_t { kPending, kScheduled, kRunning, kSucceeded, kFailed, kCancelled };
std::string_view NameOf(Phase phase);
/// kPending for "" and for what is no phase.
Phase PhaseFrom(std::string_view name);
bool IsFinished(Phase phase);

enum class Failover : std::uint8_t { kAtLeastOnce, kAtMostOnce, kPinned };
enum class RestartPolicy : std::uint8_t { kNever, kOnFailure, kAlways };

struct Attempt {
  std::int64_t number = 0;
  std::string node_name;
  std::int64_t lease_epoch = 0;  // 0: it runs by no lease, or was not let start yet
  std::optional<WallTime> start_time;
  std::optional<WallTime> finish_time;
  std::optional<std::int64_t> execution_time_ms;
  std::optional<std::int64_t> exit_code;
  std::optional<std::int64_t> signal;
  std::string reason;
  std::string message;

  bool ended() const { return finish_time.has_value(); }
  bool operator==(const Attempt&) const = default;
};

/// One move away from a silent node, on the control plane's clock.
struct FailoverTrace {
  std::int64_t attempt = 0;  // the one given up
  std::string node_name;
  std::optional<WallTime> last_heard;
  std::optional<WallTime> lease_end;
  WallTime fenced;
  std::string new_node_name;
  std::optional<WallTime> bound;
  std::optional<WallTime> running;
  std::optional<std::int64_t> duration_ms;

  bool operator==(const FailoverTrace&) const = default;
};

/// The part of a Task's status that this controller may write.
struct TaskState {
  Phase phase = Phase::kPending;
  std::string reason;
  std::string message;
  std::string node_name;
  std::vector<Attempt> attempts;         // the latest last
  std::vector<FailoverTrace> failovers;  // the latest last
  std::vector<Condition> conditions;
  std::optional<WallTime> next_attempt_time;
  std::optional<WallTime> completion_time;
  std::optional<std::int64_t> execution_time_ms;
  std::optional<std::int64_t> exit_code;

  /// The latest attempt while it has not ended; null otherwise.
  const Attempt* OpenAttempt() const {
    return attempts.empty() || attempts.back().ended() ? nullptr : &attempts.back();
  }
  bool operator==(const TaskState&) const = default;
};

struct Backoff {
  double initial_seconds = 1;
  double factor = 2;
  double max_seconds = 60;
};

struct Dependency {
  enum class State : std::uint8_t { kMissing, kUnfinished, kSucceeded, kFailed, kCancelled };
  std::string name;
  State state = State::kMissing;
};

/// The node of the open attempt, as far as it matters here. kLost: its lease expired; kGone: the
/// Node object was deleted.
enum class NodeState : std::uint8_t { kAlive, kLost, kGone };

/// The longest life of a lease: Node.spec.leaseDurationSeconds is at most 600, and the control
/// plane adds a hundredth and a guard.
inline constexpr Duration kLongestLease = std::chrono::seconds(610);

/// All that the decision needs.
struct Observed {
  WallTime now;
  std::int64_t generation = 0;
  bool being_deleted = false;
  bool has_finalizer = false;

  bool suspend = false;
  Failover failover = Failover::kAtLeastOnce;
  RestartPolicy restart_policy = RestartPolicy::kNever;
  Duration timeout{};  // zero: none
  Duration grace_period{};
  std::int64_t retry_limit = 0;
  Backoff backoff;
  std::vector<std::int64_t> retry_on_exit_codes;  // empty: all
  std::vector<std::int64_t> fail_on_exit_codes;
  /// It fails if it was given no node by then.
  std::optional<WallTime> start_by;
  std::optional<Duration> ttl;
  std::vector<Dependency> dependencies;
  /// The names of Tasks that depend on each other in a circle, this one first; mostly none.
  std::vector<std::string> cycle;

  NodeState node = NodeState::kAlive;
  /// The lost node's: when it was heard last, and when its lease had ended.
  std::optional<WallTime> node_heard;
  std::optional<WallTime> lease_end;
  TaskState state;
  /// The phase this process saw last: what it did not see happen, it tells nobody.
  std::optional<Phase> phase_before;
};

struct Note {
  bool warning = false;
  std::string reason;
  std::string message;

  bool operator==(const Note&) const = default;
};

struct Plan {
  enum class Object : std::uint8_t { kKeep, kRemoveFinalizer, kDelete };

  /// To be written when given.
  std::optional<TaskState> state;
  Object object = Object::kKeep;
  std::vector<Note> events;
  std::optional<WallTime> look_again;
};

}  // namespace noizy::task_controller
