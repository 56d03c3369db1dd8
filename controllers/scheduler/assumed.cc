#include "controllers/scheduler/assumed.h"

namespace noizy::scheduler {

void AssumedBindings::Settle(const Lister<Task>& tasks) {
  std::erase_if(entries_, [&](const auto& item) {
    const auto& [key, entry] = item;
    const auto task = tasks.Get(key);
    return !task || task->metadata.uid != entry.uid || task->status.attempt >= entry.attempt;
  });
}

std::vector<ObjectKey> AssumedBindings::Unclear() const {
  std::vector<ObjectKey> keys;
  for (const auto& [key, entry] : entries_) {
    if (entry.unclear) keys.push_back(key);
  }
  return keys;
}

}  // namespace noizy::scheduler
