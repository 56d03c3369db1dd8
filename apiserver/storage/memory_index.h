// The committed state of a store in memory: what every read, list and watch is served from.
//
// One writer publishes; any thread reads. MemoryStore publishes at once, SqliteStore after the
// durable commit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/resource_history.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/metrics.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

/// Thread-safe; Publish, Compact and Load… are for the one writer, one call at a time.
class MemoryIndex {
 public:
  MemoryIndex();
  MemoryIndex(const MemoryIndex&) = delete;
  MemoryIndex& operator=(const MemoryIndex&) = delete;

  // As Store's.
  StoredObjectPtr Get(const StoreKey& key) const NOIZY_EXCLUDES(mutex_);
  Result<Listing> List(const Scope& scope, const ListOptions& options) const NOIZY_EXCLUDES(mutex_);
  Result<std::unique_ptr<StoreWatch>> Watch(const Scope& scope, std::int64_t after_revision,
                                            std::function<void()> wake) NOIZY_EXCLUDES(mutex_);
  std::int64_t Revision() const NOIZY_EXCLUDES(mutex_);
  std::int64_t CompactedRevision() const NOIZY_EXCLUDES(mutex_);

  /// Makes committed events readable: consecutive revisions from Revision() + 1 on. `now` is what
  /// their age counts from. Returns the wakes of the watches they concern, for the caller to call.
  std::vector<Wake> Publish(const std::vector<StoreEventPtr>& events, MonotonicTime now)
      NOIZY_EXCLUDES(mutex_);

  /// The oldest events that `keep` no longer asks for, at most `max`.
  std::vector<StoreEventPtr> Due(const HistoryOptions& keep, MonotonicTime now,
                                 std::size_t max) const NOIZY_EXCLUDES(mutex_);
  /// The oldest events up to `revision`, at most `max`.
  std::vector<StoreEventPtr> UpTo(std::int64_t revision, std::size_t max) const
      NOIZY_EXCLUDES(mutex_);
  /// Forgets the events up to `revision` and the versions they replaced. Never goes back, never
  /// passes Revision().
  void Compact(std::int64_t revision) NOIZY_EXCLUDES(mutex_);

  /// Sets where a log begins, before the first load.
  void LoadCompacted(std::int64_t revision) NOIZY_EXCLUDES(mutex_);
  /// Adds an object written at or before the compacted revision.
  void LoadBase(StoredObjectPtr object) NOIZY_EXCLUDES(mutex_);

 private:
  friend class IndexWatch;
  struct JournalEntry {
    StoreEventPtr event;
    MonotonicTime at;
  };
  using Resources = std::map<std::string, ResourceHistory, std::less<>>;

  const ResourceHistory* Find(const std::string& resource) const NOIZY_REQUIRES(mutex_);
  Status CheckReadable(std::int64_t revision) const NOIZY_REQUIRES(mutex_);
  Result<StoreWatch::Batch> Next(WatchCursor& cursor, std::size_t max) NOIZY_EXCLUDES(mutex_);
  void End(WatchCursor& cursor) NOIZY_EXCLUDES(mutex_);

  mutable Mutex mutex_;
  Resources resources_ NOIZY_GUARDED_BY(mutex_);
  std::int64_t revision_ NOIZY_GUARDED_BY(mutex_) = kFirstRevision;
  std::int64_t compacted_ NOIZY_GUARDED_BY(mutex_) = 0;
  // All events kept, of every resource, oldest first.
  std::deque<JournalEntry> journal_ NOIZY_GUARDED_BY(mutex_);
  // What forgetting the whole journal would free.
  std::size_t history_bytes_ NOIZY_GUARDED_BY(mutex_) = 0;
  Gauge watches_;
  Counter expired_;
};

}  // namespace noizy::apiserver
