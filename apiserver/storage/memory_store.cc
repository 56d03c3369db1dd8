#include "apiserver/storage/memory_store.h"

#include <utility>

#include "apiserver/storage/write_stage.h"

namespace noizy::apiserver {
namespace {

// More than one write can add, so that history shrinks to its window.
constexpr std::size_t kCompactStep = 1024;

}  // namespace

void MemoryStore::Write(std::vector<WriteOp> ops, WriteCallback done) {
  std::vector<Wake> wakes;
  Result<std::vector<StoredObjectPtr>> result = Commit(std::move(ops), wakes);
  done(std::move(result));
  for (const Wake& wake : wakes) (*wake)();
}

Result<std::vector<StoredObjectPtr>> MemoryStore::Commit(std::vector<WriteOp> ops,
                                                         std::vector<Wake>& wakes) {
  MutexLock lock(mutex_);
  NOIZY_RETURN_IF_ERROR(health_);
  WriteStage stage(index_);
  NOIZY_ASSIGN_OR_RETURN(std::vector<StoredObjectPtr> objects, stage.Add(std::move(ops)));
  const MonotonicTime now = clock_.Monotonic();
  wakes = index_.Publish(stage.events(), now);
  const std::vector<StoreEventPtr> due = index_.Due(history_, now, kCompactStep);
  if (!due.empty()) index_.Compact(due.back()->object->revision);
  return objects;
}

Status MemoryStore::Health() const {
  MutexLock lock(mutex_);
  return health_;
}

void MemoryStore::Compact(std::int64_t revision) {
  MutexLock lock(mutex_);
  index_.Compact(revision);
}

void MemoryStore::SetHealth(Status health) {
  MutexLock lock(mutex_);
  health_ = std::move(health);
}

}  // namespace noizy::apiserver
