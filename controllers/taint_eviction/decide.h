// When a Task has to leave its node because of the node's taints. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/scheduling/views.h"

namespace noizy::taint_eviction {

/// A NoExecute taint, and since when it is there.
struct Expelling {
  scheduling::Taint taint;
  WallTime since;
};

struct BorneToleration {
  scheduling::Toleration toleration;
  std::optional<Duration> bears;  // none: for ever
};

struct Observed {
  WallTime now;
  std::vector<Expelling> taints;
  std::vector<BorneToleration> tolerations;
};

struct Plan {
  /// The taint that the Task has to leave for, as people read it.
  std::optional<std::string> leave_for;
  std::optional<WallTime> look_again;
};

/// As in Kubernetes, of several tolerations of one taint the shortest counts.
Plan Decide(const Observed& seen);

}  // namespace noizy::taint_eviction
