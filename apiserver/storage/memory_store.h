// A Store in memory alone, for tests and for the deterministic simulation.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "apiserver/storage/memory_index.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

/// No threads and no disk: Write commits and calls `done` and the wakes before it returns, on the
/// calling thread, holding no lock. Thread-safe all the same. Nothing survives it.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const Clock& clock = RealClock::Instance(), HistoryOptions history = {})
      : clock_(clock), history_(history) {}

  StoredObjectPtr Get(const StoreKey& key) const override { return index_.Get(key); }
  Result<Listing> List(const Scope& scope, const ListOptions& options) const override {
    return index_.List(scope, options);
  }
  void Write(std::vector<WriteOp> ops, WriteCallback done) override;
  Result<std::unique_ptr<StoreWatch>> Watch(const Scope& scope, std::int64_t after_revision,
                                            std::function<void()> wake) override {
    return index_.Watch(scope, after_revision, std::move(wake));
  }
  std::int64_t Revision() const override { return index_.Revision(); }
  std::int64_t CompactedRevision() const override { return index_.CompactedRevision(); }
  Status Health() const override NOIZY_EXCLUDES(mutex_);

  /// Forgets the history up to `revision`, as the window would with time.
  void Compact(std::int64_t revision) NOIZY_EXCLUDES(mutex_);
  /// From now on every Write fails with `health`, as on a broken disk; Ok mends it.
  void SetHealth(Status health) NOIZY_EXCLUDES(mutex_);

 private:
  Result<std::vector<StoredObjectPtr>> Commit(std::vector<WriteOp> ops, std::vector<Wake>& wakes)
      NOIZY_EXCLUDES(mutex_);

  const Clock& clock_;
  const HistoryOptions history_;
  MemoryIndex index_;
  // Held from the guards to the publishing: one writer at a time.
  mutable Mutex mutex_;
  Status health_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
