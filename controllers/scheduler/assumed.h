// Bindings that are on their way, or written and not in the local copy yet. They count as made, so
// that nothing is sold twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kinds/task.h"
#include "machinery/meta/meta.h"

namespace noizy::scheduler {

/// One thread's.
class AssumedBindings {
 public:
  struct Entry {
    std::string uid;
    std::int64_t attempt = 0;
    /// The write failed without saying whether it is in the store: to be asked before anything is
    /// decided.
    bool unclear = false;
  };
  void Add(const ObjectKey& task, Entry entry) { entries_[task] = std::move(entry); }
  /// False when it is not there any more.
  bool Remove(const ObjectKey& task) { return entries_.erase(task) > 0; }
  /// Nothing to ask where the local copy has shown the binding since.
  void MarkUnclear(const ObjectKey& task) {
    if (const auto found = entries_.find(task); found != entries_.end())
      found->second.unclear = true;
  }
  /// True while the local copy (null: gone) is older than the binding. Forgets the binding else.
  bool IsNewerThan(const ObjectKey& key, const Task* copy);
  std::vector<ObjectKey> Unclear() const;
  const Entry& At(const ObjectKey& task) const { return entries_.at(task); }

 private:
  std::map<ObjectKey, Entry> entries_;
};

}  // namespace noizy::scheduler
