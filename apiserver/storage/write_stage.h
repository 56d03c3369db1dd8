// The writes that are about to commit together: guards checked, revisions given, bytes finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "apiserver/storage/memory_index.h"
#include "apiserver/storage/store.h"

namespace noizy::apiserver {

/// Not thread-safe: the writer's. Nothing is visible to anyone until the writer publishes events();
/// a stage that is dropped leaves no trace, its revisions are given again.
class WriteStage {
 public:
  explicit WriteStage(const MemoryIndex& index);

  /// Adds all of `ops`, or none and says why: AlreadyExists, NotFound, Conflict, Internal. Guards
  /// are checked against the index, the writes added before and the ops before. Returns the new
  /// versions.
  Result<std::vector<StoredObjectPtr>> Add(std::vector<WriteOp> ops);

  /// In the order of their revisions, the first being the index's next.
  const std::vector<StoreEventPtr>& events() const { return events_; }
  /// The size of the bodies in events().
  std::size_t bytes() const { return bytes_; }

 private:
  using Pending = std::map<StoreKey, StoredObjectPtr>;  // null: deleted

  StoredObjectPtr Current(const StoreKey& key, const Pending& mine) const;

  const MemoryIndex& index_;
  std::int64_t next_revision_;
  Pending pending_;
  std::vector<StoreEventPtr> events_;
  std::size_t bytes_ = 0;
};

}  // namespace noizy::apiserver
