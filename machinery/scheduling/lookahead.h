// Waiting for a machine that is full but so fast that waiting pays: when it will have room, judged
// by how long what runs there takes.
#pragma once

#include <limits>
#include <optional>

#include "machinery/base/clock.h"
#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {

/// On larger grids some node that is as good is free, and Tasks wait for none.
inline constexpr std::size_t kMostNodesAhead = 32;
/// A Task waits for a full node only when it finishes there in this share of the time.
inline constexpr double kWorthWaiting = 0.95;

struct Ahead {
  NodeIndex node = kNoNode;
  double starts_in_seconds = 0;
  double ends_in_seconds = 0;
};

/// The node without room now where the class would finish first; none when nothing is known of the
/// class, of what runs there, or when its strategy does not look ahead. Nodes that the class's
/// preferences like less than `least_liked` are not waited for.
std::optional<Ahead> FastestFullNode(Grid& grid, TaskClass& task_class, WallTime now,
                                     double least_liked = std::numeric_limits<double>::lowest());

}  // namespace noizy::scheduling
