// The server's nodes, Tasks, policies and quotas in the scheduler's own decision core, so that a
// command can tell what would happen, and why, with nothing written.
#pragma once

#include <memory>
#include <vector>

#include "cli/session.h"
#include "kinds/task.h"
#include "machinery/base/status.h"
#include "machinery/scheduling/from_objects.h"
#include "machinery/scheduling/grid.h"

namespace noizy::cli {

/// As the scheduler sees it, but for what it learned from Tasks that are deleted by now.
struct GridCopy {
  scheduling::Grid grid;
  scheduling::RoutingTable routing;

  /// A Task that waits, or holds a node; others are learned from.
  void Add(const Task& task);
};

/// Four lists. The Tasks of all namespaces: their resources count whatever they are.
Result<std::unique_ptr<GridCopy>> CopyGrid(Session& session);

}  // namespace noizy::cli
