// What a supervisor tells the agent, and the agent its supervisor, through files in the attempt's
// folder.
//
// state.json is the supervisor's: starting (who supervises) → running (which process) → exited (how
// it ended). The last is durable before the supervisor ends, so an exit is never lost with an
// agent. stop.json is the agent's: what SIGTERM means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "machinery/base/status.h"
#include "machinery/os/files.h"
#include "machinery/os/process.h"
#include "nodeagent/drivers/driver.h"

namespace noizy::nodeagent {

enum class TaskPhase : std::uint8_t { kStarting, kRunning, kExited };

struct TaskState {
  TaskPhase phase = TaskPhase::kStarting;
  ProcessIdentity supervisor;
  std::optional<TaskStart> start;  // from kRunning on; none when it never ran
  TaskExit exit;                   // in kExited
};

/// NotFound when the supervisor has not written one yet; BadRequest for a file that is not its.
Result<TaskState> ReadTaskState(const std::string& folder);
/// Durable when the phase is kExited.
Status WriteTaskState(const std::string& folder, const TaskState& state);

struct StopRequest {
  Duration grace{0};
  std::string reason;
  std::string message;
};

/// What a program of noizy's own tells beside its exit code. In outcome.json.
struct TaskOutcome {
  std::string reason;  // a CamelCase word; "" when it did what it should
  std::string message;
  std::optional<ModelUsage> usage;
};

Result<TaskOutcome> ReadTaskOutcome(const std::string& folder);
Status WriteTaskOutcome(const std::string& folder, const TaskOutcome& outcome);

Result<StopRequest> ReadStopRequest(const std::string& folder);
Status WriteStopRequest(const std::string& folder, const StopRequest& request);

}  // namespace noizy::nodeagent
