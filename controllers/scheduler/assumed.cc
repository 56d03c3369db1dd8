#include "controllers/scheduler/assumed.h"

namespace noizy::scheduler {

bool AssumedBindings::IsNewerThan(const ObjectKey& key, const Task* copy) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  const Entry& entry = found->second;
  if (copy != nullptr && copy->metadata.uid == entry.uid && copy->status.attempt < entry.attempt)
    return true;
  entries_.erase(found);
  return false;
}

std::vector<ObjectKey> AssumedBindings::Unclear() const {
  std::vector<ObjectKey> keys;
  for (const auto& [key, entry] : entries_) {
    if (entry.unclear) keys.push_back(key);
  }
  return keys;
}

}  // namespace noizy::scheduler
