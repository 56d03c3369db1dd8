#include "machinery/scheduling/waiting_line.h"

#include <tuple>

namespace noizy::scheduling {

void WaitingLine::Update(TaskClass& task_class) {
  const bool waits = task_class.asleep == Asleep::kNo && !task_class.waiting.empty();
  const auto known = places_.find(&task_class);
  if (waits && known != places_.end() && known->second == task_class.waiting.begin()->first) return;
  Remove(task_class);
  if (!waits) return;
  const Place& place = task_class.waiting.begin()->first;
  levels_[task_class.like.priority][task_class.like.key.ns].emplace(place, &task_class);
  places_.emplace(&task_class, place);
}

void WaitingLine::Remove(TaskClass& task_class) {
  const auto known = places_.find(&task_class);
  if (known == places_.end()) return;
  const auto level = levels_.find(task_class.like.priority);
  const auto space = level->second.find(task_class.like.key.ns);
  space->second.erase(known->second);
  if (space->second.empty()) level->second.erase(space);
  if (level->second.empty()) levels_.erase(level);
  places_.erase(known);
}

TaskClass* WaitingLine::First(const ShareOf& share_of) const {
  if (levels_.empty()) return nullptr;
  const Namespaces& spaces = levels_.begin()->second;
  auto best = spaces.begin();
  if (spaces.size() > 1) {
    double least = share_of(best->first);
    for (auto other = std::next(best); other != spaces.end(); ++other) {
      const double share = share_of(other->first);
      if (std::tie(share, other->second.begin()->first) >=
          std::tie(least, best->second.begin()->first))
        continue;
      best = other;
      least = share;
    }
  }
  return best->second.begin()->second;
}

}  // namespace noizy::scheduling
