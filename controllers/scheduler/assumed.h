// Bindings that were written and are not in the local copy yet. They count as made, so that nothing
// is sold twice.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/scheduler/snapshot.h"
#include "kinds/task.h"
#include "machinery/controller/informer.h"

namespace noizy::scheduler {

/// One thread's.
class AssumedBindings {
 public:
  struct Entry {
    std::string uid;
    std::int64_t attempt = 0;
    std::string node;
    Resources requests;
    /// The write failed without saying whether it is in the store: to be asked before anything is
    /// decided.
    bool unclear = false;
  };
  void Add(const ObjectKey& task, Entry entry) { entries_[task] = std::move(entry); }
  void Remove(const ObjectKey& task) { entries_.erase(task); }
  /// Forgets what the local copy shows by now, and what is gone.
  void Settle(const Lister<Task>& tasks);
  std::vector<ObjectKey> Unclear() const;

  bool Has(const ObjectKey& task) const { return entries_.contains(task); }
  const std::map<ObjectKey, Entry>& entries() const { return entries_; }

 private:
  std::map<ObjectKey, Entry> entries_;
};

}  // namespace noizy::scheduler
