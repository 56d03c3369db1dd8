// The embedded store: one SQLite file in one folder, served from memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/storage/memory_index.h"
#include "apiserver/storage/sqlite/store_writer.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/os/files.h"

namespace noizy::apiserver {

struct SqliteOptions {
  /// Made, with mode 0700, when it is not there. Holds noizy.db (0600), its write-ahead log and the
  /// lock.
  std::string folder;
  HistoryOptions history;
  QueueLimits queue;
  /// Reads what selectors need out of the objects on disk; empty: none.
  AttributeReader attributes;
  /// How the bodies of some resources lie on disk; null: all as they are. What it does not yet
  /// protect as it would today is encoded again by Open.
  std::shared_ptr<BodyCodec> codec;
  const Clock* clock = &RealClock::Instance();
  /// The database's greatest size in pages of 8 KiB; 0: what the disk holds. Writes beyond fail as
  /// on a full disk.
  std::int64_t max_pages = 0;
};

/// One writer thread; reads and watches run on their callers'. See store_writer.h for the way of a
/// write.
class SqliteStore final : public Store {
 public:
  /// Loads everything. ServiceUnavailable when another server uses the folder, a newer program
  /// wrote it or the disk fails; Internal when the database is damaged (the row is named): nothing
  /// is changed then, and nothing served.
  static Result<std::unique_ptr<SqliteStore>> Open(SqliteOptions options);
  /// Commits what was queued. Watches must be gone.
  ~SqliteStore() override = default;

  StoredObjectPtr Get(const StoreKey& key) const override { return index_->Get(key); }
  Result<Listing> List(const Scope& scope, const ListOptions& options) const override {
    return index_->List(scope, options);
  }
  void Write(std::vector<WriteOp> ops, WriteCallback done) override {
    writer_->Write(std::move(ops), std::move(done));
  }
  Result<std::unique_ptr<StoreWatch>> Watch(const Scope& scope, std::int64_t after_revision,
                                            std::function<void()> wake) override {
    return index_->Watch(scope, after_revision, std::move(wake));
  }
  std::int64_t Revision() const override { return index_->Revision(); }
  std::int64_t CompactedRevision() const override { return index_->CompactedRevision(); }
  Status Health() const override { return writer_->Health(); }

  /// Forgets the history up to `revision` now; blocks until done. Not from a WriteCallback.
  Status Compact(std::int64_t revision) { return writer_->Compact(revision); }
  /// Writes the database, as it is between two commits, to the file `path`, which is made, private.
  /// Writes wait meanwhile; blocks until done. Not from a WriteCallback.
  Status CopyTo(const std::string& path) { return writer_->CopyTo(path); }
  /// Made at random with the database; the same for ever.
  const std::string& ClusterUid() const { return cluster_uid_; }

 private:
  SqliteStore(FileLock lock, std::unique_ptr<MemoryIndex> index, std::string cluster_uid,
              std::unique_ptr<StoreWriter> writer);

  // Destroyed last to first: the writer drains while the folder is still ours.
  FileLock lock_;
  std::unique_ptr<MemoryIndex> index_;
  std::string cluster_uid_;
  std::unique_ptr<StoreWriter> writer_;
};

}  // namespace noizy::apiserver
