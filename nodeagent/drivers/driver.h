// The contract between the node agent and whatever runs tasks, after Nomad's driver plugins:
// fingerprint, start, recover, stop, destroy, and events for the rest.
//
// A driver owns how a task runs; the task runner owns what that means. Drivers keep what they need
// to find a task again inside the attempt's folder, so that an agent that was restarted recovers
// each folder it finds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::nodeagent {

// Why an attempt ended: Finished.reason on the wire.
inline constexpr std::string_view kCompleted = "Completed";  // exit code 0
inline constexpr std::string_view kError =
    "Error";  // another exit code, or a signal nobody here sent
inline constexpr std::string_view kTimedOut = "TimedOut";    // it ran longer than its time
inline constexpr std::string_view kCancelled = "Cancelled";  // it was stopped on request
inline constexpr std::string_view kStartFailed =
    "StartFailed";                                 // it never ran; the message says why
inline constexpr std::string_view kLost = "Lost";  // nobody saw how it ended
inline constexpr std::string_view kUnhealthy =
    "Unhealthy";  // its liveness command failed too often
inline constexpr std::string_view kOutOfMemory =
    "OutOfMemory";  // the kernel killed it at its memory limit

/// The attempt's output, in the CRI log format, inside its folder. It only grows.
inline constexpr std::string_view kLogFile = "output.log";
/// The longest Finished.result.
inline constexpr std::size_t kMaxResultBytes = std::size_t{64} << 10;

struct TaskConfig {
  v1::Assignment assignment;
  std::string node_name;
  std::string folder;  // the attempt's own: absolute, there, mode 0700
  std::int64_t log_cap_bytes = std::int64_t{16} << 20;
  /// For an AtMostOnce task: it does not execute after that time unless Renew moved it.
  std::optional<MonotonicTime> lease_until{};
  /// The command is a part of noizy: what it writes is in the log at once, whole line or not, and
  /// how it fared is in its TaskOutcome.
  bool own_program = false;
};

/// What a model server counted for an inference.
struct ModelUsage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  double tokens_per_second = 0;

  bool operator==(const ModelUsage&) const = default;
};

struct TaskStart {
  std::int64_t pid = 0;
  WallTime time;
};

struct TaskExit {
  int exit_code = 0;  // meaningful when signal is 0
  int signal = 0;
  std::string reason;  // one of the words above, or of a TaskOutcome
  std::string message;
  WallTime time;
  Duration execution_time{0};
  std::string result;  // the tail of stdout
  std::optional<ModelUsage> usage = {};
};

/// Called on the driver's Executor, never before Start or Recover has returned, never after the
/// task was dropped.
struct TaskEvents {
  std::function<void(const TaskStart&)> on_start;
  /// The log file may have grown.
  std::function<void()> on_output;
  /// The last call. The task and all it started are gone.
  std::function<void(const TaskExit&)> on_exit;
};

/// A task in a driver's hands. For the Executor's thread. Dropping it lets the task run on
/// unwatched.
class DriverTask {
 public:
  virtual ~DriverTask() = default;
  /// Asks the task to end; after `grace` all of it is killed. `reason` becomes TaskExit::reason. A
  /// second call may only shorten the grace.
  virtual Status Stop(Duration grace, std::string_view reason, std::string_view message) = 0;
  /// Lets a task that has a lease run until then; nothing for one that has none.
  virtual Status Renew(MonotonicTime until) = 0;
};

/// The capability of a machine that can make sure that a task is dead by a given time, whatever
/// becomes of the agent: AtMostOnce tasks need it.
inline constexpr std::string_view kFencing = "fencing";

struct DriverFingerprint {
  std::vector<std::string> capabilities;  // task types it serves here: exec, shell, powershell
};

/// For the Executor's thread.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual DriverFingerprint Fingerprint() = 0;
  /// Starts the task. An error means that nothing runs and nothing will; its message is for the
  /// user.
  virtual Result<std::shared_ptr<DriverTask>> Start(const TaskConfig& config,
                                                    TaskEvents events) = 0;
  /// Takes over the task of a folder that an earlier agent process handed to Start. Reports
  /// on_start again for a task that runs, and on_exit for one that ended meanwhile or was lost.
  virtual Result<std::shared_ptr<DriverTask>> Recover(const std::string& folder,
                                                      TaskEvents events) = 0;
};

}  // namespace noizy::nodeagent
