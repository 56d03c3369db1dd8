// The server's nodes, Tasks, policies and quotas in the scheduler's own decision core, so that a
// command can tell what would happen, and why, with nothing written.
#pragma once

#include <memory>

#include "cli/session.h"
#include "machinery/base/status.h"
#include "machinery/scheduling/grid_copy.h"

namespace noizy::cli {

/// Four lists. The Tasks of all namespaces: their resources count whatever they are.
Result<std::unique_ptr<scheduling::GridCopy>> CopyGrid(Session& session);

}  // namespace noizy::cli
