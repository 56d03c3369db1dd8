// The one thread that writes: takes what is queued, commits it in one durable transaction,
// publishes it, answers.
//
//   Write → WriteQueue → WriteStage (guards, revisions) → Database::Commit → MemoryIndex::Publish →
//   answers → wakes
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apiserver/storage/memory_index.h"
#include "apiserver/storage/sqlite/database.h"
#include "apiserver/storage/sqlite/write_queue.h"
#include "apiserver/storage/store.h"
#include "apiserver/storage/write_stage.h"
#include "machinery/base/clock.h"
#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

struct WriterOptions {
  HistoryOptions history;
  QueueLimits queue;
  AttributeReader attributes;
  const Clock* clock = &RealClock::Instance();
};

/// Thread-safe. Owns the database; shares the index with the readers and alone changes it.
class StoreWriter {
 public:
  /// Starts the thread. `index` holds what `database` does and outlives this.
  StoreWriter(WriterOptions options, std::unique_ptr<Database> database, MemoryIndex& index);
  /// Commits what is queued, then ends the thread.
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  void Write(std::vector<WriteOp> ops, Store::WriteCallback done);
  /// Forgets the history up to `revision`, in steps between the commits; returns when that is
  /// durable, or the disk's error.
  Status Compact(std::int64_t revision) NOIZY_EXCLUDES(mutex_);
  /// Copies the database to `path` between two commits; returns when that is done. Conflict while
  /// another copy is made.
  Status CopyTo(const std::string& path) NOIZY_EXCLUDES(mutex_);
  Status Health() const NOIZY_EXCLUDES(mutex_);

 private:
  struct Metrics {
    Metrics();
    Counter commits;
    Counter failures;
    Histogram batch_writes;
    Histogram commit_seconds;
    Gauge queue_depth;
    Gauge database_bytes;
  };

  using Answer = Result<std::vector<StoredObjectPtr>>;

  // All below run on the writer's thread.
  void Run();
  void RunBatch(std::vector<QueuedWrite> batch);
  /// Stages, commits and publishes `batch`; an error concerns all of it.
  Status Commit(std::vector<QueuedWrite>& batch, std::vector<Answer>& answers,
                std::vector<Wake>& wakes);
  Status WriteToDisk(const std::vector<StoreEventPtr>& events,
                     const std::vector<StoreEventPtr>& forgotten);
  /// What this transaction should forget. A little is left for later unless the writer is idle.
  std::vector<StoreEventPtr> Forgettable(bool idle);
  /// Makes the copy that is asked for, if one is.
  void MakeCopy() NOIZY_EXCLUDES(mutex_);
  void Tick();
  /// Makes the database usable again after an error with an unknown outcome.
  Status Mend();
  Status ReopenAndCatchUp();
  void SetHealth(Status health) NOIZY_EXCLUDES(mutex_);

  const WriterOptions options_;
  const std::unique_ptr<Database> database_;
  MemoryIndex& index_;
  WriteQueue queue_;
  Metrics metrics_;

  // The writer thread's own.
  MonotonicTime retry_at_{};
  MonotonicTime tick_at_{};
  bool behind_ = false;  // more is to be forgotten than one transaction took
  Status beyond_repair_;

  mutable Mutex mutex_;
  CondVar round_done_;
  Status health_ NOIZY_GUARDED_BY(mutex_);
  std::int64_t compact_to_ NOIZY_GUARDED_BY(mutex_) = 0;

  struct CopyRequest {
    std::string path;
    std::optional<Status> outcome = {};
  };
  std::optional<CopyRequest> copy_ NOIZY_GUARDED_BY(mutex_);

  std::thread thread_;  // last: it uses all the others
};

}  // namespace noizy::apiserver
