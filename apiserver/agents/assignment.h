// From a Task to what its node is told: the decision and the message. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "kinds/secret.h"
#include "kinds/task.h"
#include "machinery/base/status.h"
#include "noizy/v1/agent.pb.h"

namespace noizy::apiserver {

/// What a node is to do about one attempt.
struct Instruction {
  enum class Kind : std::uint8_t {
    kNothing,
    kAssign,  // the node does not have it and should
    kClaim,   // it should, once the lease it is to start under is in its record
    kWait,    // it should, but its node holds no lease to start under
    kCancel,  // the node has it and should stop it
    kGiveUp,  // the node does not have it and never will: end the attempt here
  };
  Kind kind = Kind::kNothing;
  std::string reason;   // kCancel: Deleted, Suspended, Evicted, Fenced, TimedOut, …; kGiveUp:
                        // Cancelled, Lost
  std::string message;  // kGiveUp

  bool operator==(const Instruction&) const = default;
};

v1::AttemptRef RefOf(const Task& task);

/// About an attempt that `node` holds: it runs it, or its end is not acknowledged yet. `task` is
/// null when there is none of that name any more.
Instruction DecideHeld(const Task* task, const std::string& node, const v1::AttemptRef& ref);

/// About the current attempt of `task`, which is bound to `node` and which the node does not hold.
/// `epoch`: of the lease that the node holds; 0 for none.
Instruction DecideMissing(const Task& task, const std::string& node, std::int64_t epoch);

/// Reads a Secret of the task's namespace.
using SecretReader = std::function<Result<Secret>(const std::string& name)>;

/// The message that starts the attempt. Errors are for the attempt's record: NotFound names the
/// Secret or the key that is missing; BadRequest what cannot be carried out.
Result<v1::Assignment> MakeAssignment(const Task& task, const SecretReader& secrets);

v1::Cancellation MakeCancellation(const Task* task, const v1::AttemptRef& ref,
                                  const std::string& reason);

}  // namespace noizy::apiserver
