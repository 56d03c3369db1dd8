#include "machinery/scheduling/lookahead.h"

#include <algorithm>
#include <vector>

namespace noizy::scheduling {
namespace {

// What has run for longer than it should may end at any time; it is given this share more.
constexpr double kOverdueShare = 0.1;

struct Ending {
  double in_seconds = 0;
  const Resources* requests = nullptr;
};

std::optional<double> SecondsLeft(const Grid& grid, const TaskSlot& task, const NodeSlot& slot,
                                  WallTime now) {
  if (task.view.leaving) return 0;
  const Estimate estimate = grid.EstimateOf(task.view, slot.view);
  if (estimate.source == Estimate::Source::kUnknown) return std::nullopt;
  const auto ran = now - task.view.started.value_or(now);
  const double left = estimate.seconds - std::chrono::duration<double>(ran).count();
  return std::max(left, kOverdueShare * estimate.seconds);
}

std::vector<Ending> EndingsOn(const Grid& grid, const NodeSlot& slot, WallTime now) {
  std::vector<Ending> endings;
  for (const auto& [key, task] : slot.tasks) {
    if (const auto left = SecondsLeft(grid, *task, slot, now))
      endings.push_back({*left, &task->view.requests});
  }
  for (const PromisedRoom& promise : slot.promises)
    endings.push_back({promise.ends_in_seconds, &promise.requests});
  std::sort(endings.begin(), endings.end(),
            [](const Ending& a, const Ending& b) { return a.in_seconds < b.in_seconds; });
  return endings;
}

/// When the node will have room; none when what runs there never makes enough.
std::optional<double> RoomIn(const Grid& grid, const Resources& requests, const NodeSlot& slot,
                             WallTime now) {
  Resources used = slot.usage.requested;
  for (const Ending& ending : EndingsOn(grid, slot, now)) {
    TakeFrom(used, *ending.requests);
    if (MissingResource(requests, slot.view.allocatable, used).empty()) return ending.in_seconds;
  }
  return std::nullopt;
}

bool OnlyLacksRoom(Grid& grid, TaskClass& task_class, NodeIndex node) {
  const Verdict verdict = grid.Look(task_class, node).verdict;
  const auto filters = Filters();
  return verdict < filters.size() && filters[verdict].scope == FilterScope::kNode &&
         grid.LookAtPeers(task_class, node) == kFits;
}

}  // namespace

std::optional<Ahead> FastestFullNode(Grid& grid, TaskClass& task_class, WallTime now,
                                     double least_liked) {
  if (!task_class.strategy->looks_ahead || grid.node_count() > kMostNodesAhead) return std::nullopt;
  if (grid.estimates().VersionOf(task_class.like.work) == 0) return std::nullopt;
  std::optional<Ahead> best;
  for (NodeIndex node = 0; node < grid.nodes().size(); ++node) {
    const NodeSlot& slot = grid.nodes()[node];
    if (!slot.alive || !OnlyLacksRoom(grid, task_class, node)) continue;
    if (grid.LikingOf(task_class, node) < least_liked) continue;
    const auto start = RoomIn(grid, task_class.like.requests, slot, now);
    if (!start) continue;
    const double run = grid.ScoreInputOf(task_class, node).estimate.seconds;
    const double end = *start + SecondsToMove(task_class.like, slot.view) + run;
    if (!best || end < best->ends_in_seconds) best = {node, *start, end};
  }
  return best;
}

}  // namespace noizy::scheduling
