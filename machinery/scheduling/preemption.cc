#include "machinery/scheduling/preemption.h"

#include <algorithm>
#include <tuple>

namespace noizy::scheduling {
namespace {

double SecondsRun(const TaskSlot& task, WallTime now) {
  return std::chrono::duration<double>(now - task.view.started.value_or(now)).count();
}

/// The least important first; among equals the one that has run for the shortest time.
std::vector<TaskSlot*> MayGo(const NodeSlot& slot, std::int64_t priority, WallTime now) {
  std::vector<TaskSlot*> tasks;
  for (const auto& [key, task] : slot.tasks) {
    if (task->view.priority < priority && !task->view.pinned && !task->view.leaving)
      tasks.push_back(task);
  }
  std::sort(tasks.begin(), tasks.end(), [now](const TaskSlot* a, const TaskSlot* b) {
    return std::tuple(a->view.priority, SecondsRun(*a, now), a->view.key) <
           std::tuple(b->view.priority, SecondsRun(*b, now), b->view.key);
  });
  return tasks;
}

class Room {
 public:
  Room(const NodeSlot& slot, const Resources& requests)
      : slot_(slot), requests_(requests), used_(slot.usage.requested) {
    for (const auto& [key, task] : slot.tasks) {
      if (task->view.leaving) Take(*task);
    }
  }
  bool Suffices() const {
    return MissingResource(requests_, slot_.view.allocatable, used_).empty();
  }
  void Take(const TaskSlot& task) { TakeFrom(used_, task.view.requests); }
  void GiveBack(const TaskSlot& task) { AddTo(used_, task.view.requests); }

 private:
  const NodeSlot& slot_;
  const Resources& requests_;
  Resources used_;
};

/// The victims on one node; none when all that may go is not enough.
std::optional<std::vector<TaskSlot*>> VictimsOn(const NodeSlot& slot, const TaskView& task,
                                                WallTime now) {
  Room room(slot, task.requests);
  std::vector<TaskSlot*> victims;
  for (TaskSlot* candidate : MayGo(slot, task.priority, now)) {
    if (room.Suffices()) break;
    room.Take(*candidate);
    victims.push_back(candidate);
  }
  if (!room.Suffices()) return std::nullopt;
  // The most important first, whoever need not go stays.
  for (std::size_t i = victims.size(); i-- > 0;) {
    room.GiveBack(*victims[i]);
    if (room.Suffices()) {
      victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      room.Take(*victims[i]);
    }
  }
  return victims;
}

using Cost = std::tuple<std::int64_t, std::size_t, double>;

Cost CostOf(const std::vector<TaskSlot*>& victims, WallTime now) {
  if (victims.empty()) return {std::numeric_limits<std::int64_t>::min(), 0, 0};
  double lost = 0;
  std::int64_t highest = victims.front()->view.priority;
  for (const TaskSlot* victim : victims) {
    highest = std::max(highest, victim->view.priority);
    lost += SecondsRun(*victim, now);
  }
  return {highest, victims.size(), lost};
}

bool CouldMakeRoom(Grid& grid, TaskClass& task_class, NodeIndex node) {
  if (!grid.nodes()[node].alive || grid.nodes()[node].tasks.empty()) return false;
  const Verdict verdict = grid.Look(task_class, node).verdict;
  const auto filters = Filters();
  return verdict < filters.size() && filters[verdict].scope == FilterScope::kNode &&
         grid.LookAtPeers(task_class, node) == kFits;
}

}  // namespace

std::optional<Preemption> CheapestPreemption(Grid& grid, const TaskSlot& task, WallTime now) {
  std::optional<Preemption> best;
  Cost least;
  std::size_t compared = 0;
  const std::size_t count = grid.nodes().size();
  const std::size_t first = count == 0 ? 0 : HashOf(task.view.key.ToString()) % count;
  for (std::size_t i = 0; i < count && compared < kMostPreemptionNodes; ++i) {
    const auto node = static_cast<NodeIndex>((first + i) % count);
    if (!CouldMakeRoom(grid, *task.task_class, node)) continue;
    auto victims = VictimsOn(grid.nodes()[node], task.view, now);
    if (!victims) continue;
    ++compared;
    const Cost cost = CostOf(*victims, now);
    if (best && cost >= least) continue;
    best = Preemption{node, *std::move(victims)};
    least = cost;
  }
  return best;
}

}  // namespace noizy::scheduling
