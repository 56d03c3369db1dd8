// Waiting until an object is as it should be, by watching it.
#pragma once

#include <functional>
#include <optional>

#include "cli/targets.h"
#include "machinery/base/clock.h"

namespace noizy::cli {

struct WaitLimits {
  std::optional<MonotonicTime> deadline;
  /// Polled; true ends the waiting with a Timeout. May be empty.
  std::function<bool()> interrupted;

  bool Reached(const Clock& clock) const;
};

/// Shows `done` the object, null while there is none, now and after each change, until it returns
/// true. Timeout names the object when a limit is reached first.
Status WaitForObject(Invocation& invocation, const Target& target, const WaitLimits& limits,
                     const std::function<bool(const Value* object)>& done);

}  // namespace noizy::cli
