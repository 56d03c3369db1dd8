// A grid made at once from the objects of the API, to try on it what would happen.
#pragma once

#include <memory>
#include <vector>

#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/scheduling/from_objects.h"
#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {

/// All that a decision depends on.
struct GridObjects {
  std::vector<std::shared_ptr<const Task>> tasks;
  std::vector<std::shared_ptr<const Node>> nodes;
  std::vector<std::shared_ptr<const RoutingPolicy>> policies;
  std::vector<std::shared_ptr<const ResourceQuota>> quotas;
};

/// As the scheduler sees it, but for what it learned from Tasks that are deleted by now. A Task
/// whose dependencies have not all succeeded is not in it.
struct GridCopy {
  explicit GridCopy(const GridObjects& objects);

  Grid grid;
  RoutingTable routing;

  /// A Task that waits, or holds a node; others are learned from.
  void Add(const Task& task);
};

}  // namespace noizy::scheduling
