// Store: where API objects are kept. One revision counter, guarded writes, lists at a revision,
// watches from a revision.
//
// Objects are kept as the bytes clients get: serialised once, then shared by gets, lists and
// watches. A write is acknowledged only after its durable commit. Reads are served from memory and
// see committed writes only.
//
// Every version stays readable until a compaction passes the write that replaced it: any revision
// in [compacted, current] can be listed at and watched from; below, Expired (410). An empty store
// stands at revision kFirstRevision, so that a list always has a revision to watch from.
//
// MemoryStore (no disk, no threads) and sqlite/SqliteStore keep this contract;
// tests/unit/apiserver/storage/store_conformance.h proves it of both.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// The revision of a store that has never been written to. Not 0, which means "any" in the API.
inline constexpr std::int64_t kFirstRevision = 1;

/// Names one object. `resource` is "tasks.noizy.dev" ("namespaces" in the core group); `ns` is ""
/// for cluster-scoped ones.
struct StoreKey {
  std::string resource;
  std::string ns;
  std::string name;

  auto operator<=>(const StoreKey&) const = default;
};

/// What selectors look at, so that matching needs no parsing. Both sorted by key.
struct Attributes {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs labels;
  /// The schema's selectable fields, by path without a leading dot ("status.nodeName").
  Pairs fields;
};

/// One version of an object. Immutable.
struct StoredObject {
  StoreKey key;
  std::int64_t revision = 0;
  /// The revision of the write that created the object.
  std::int64_t create_revision = 0;
  /// Compact JSON whose metadata.resourceVersion is `revision`.
  std::string bytes;
  Attributes attributes;
};
using StoredObjectPtr = std::shared_ptr<const StoredObject>;

/// Compact JSON with a place for the revision, which is known only at commit: its digits go in at
/// `revision_offset`, between the quotes of metadata.resourceVersion.
struct UnversionedBytes {
  std::string bytes;
  std::size_t revision_offset = 0;
};

/// One guarded write.
struct WriteOp {
  enum class Kind : std::uint8_t { kPut, kDelete };
  Kind kind = Kind::kPut;
  StoreKey key;
  /// The revision the object must be at; 0: it must not exist (which makes no sense for kDelete and
  /// always fails).
  std::int64_t expected_revision = 0;
  /// The new version; for kDelete the object's last state, which watchers are shown.
  UnversionedBytes body;
  Attributes attributes;
};

/// One committed write, as watchers see it. Immutable.
struct StoreEvent {
  WriteOp::Kind kind = WriteOp::Kind::kPut;
  /// The new version; for kDelete the last state, with the deletion's revision.
  StoredObjectPtr object;
  /// The version before; null for a creation.
  StoredObjectPtr previous;
};
using StoreEventPtr = std::shared_ptr<const StoreEvent>;

/// What a list or watch covers. `ns` and `name` empty: all. A name without a namespace: that name
/// in every namespace.
struct Scope {
  std::string resource;
  std::string ns;
  std::string name;
};

struct ListOptions {
  /// List the state as it was at this revision; 0: now. Expired below the window; Timeout (the
  /// API's "Too large resource version") above the current revision.
  std::int64_t at_revision = 0;
  /// Start after this (namespace, name), for paging; both empty: from the start.
  std::pair<std::string, std::string> after;
  /// At most this many; 0: all.
  std::size_t limit = 0;
};

struct Listing {
  std::vector<StoredObjectPtr> items;  // ordered by (namespace, name)
  /// The revision the items were read at.
  std::int64_t revision = 0;
  /// How many objects of the scope stand behind the last item.
  std::size_t remaining = 0;
};

/// A cursor over the committed writes of a scope. Pulled by its owner, who alone calls Next;
/// destroying it ends the watch. To be destroyed before its store.
class StoreWatch {
 public:
  struct Batch {
    std::vector<StoreEventPtr> events;
    /// Every event of the scope up to this revision has been handed out: what a bookmark may say.
    std::int64_t progress = 0;
    /// There are no more: the watch waits for the next.
    bool armed = false;
  };

  virtual ~StoreWatch() = default;
  /// The next events, oldest first, at most `max` (> 0). When there are fewer the watch is armed:
  /// `wake` will be called once, from the writer's thread, after the next commit in the scope.
  /// Calling Next on an armed watch is allowed (for a bookmark's progress) and leaves it armed.
  /// Expired when compaction has passed the cursor: the owner was too slow. An armed watch never
  /// expires.
  virtual Result<Batch> Next(std::size_t max) = 0;
};

/// Thread-safe.
class Store {
 public:
  using WriteCallback = std::function<void(Result<std::vector<StoredObjectPtr>>)>;

  virtual ~Store() = default;

  /// The newest committed version, or null.
  virtual StoredObjectPtr Get(const StoreKey& key) const = 0;
  virtual Result<Listing> List(const Scope& scope, const ListOptions& options) const = 0;

  /// Commits `ops` together or not at all, and calls `done` once, after the durable commit, from
  /// the writer's thread; `done` must not block, and may call Write. When `done` is called the
  /// write is visible to reads; watches are woken after it. The result holds the new versions in
  /// the order of `ops`. Each op gets its own revision, in order; a later op sees the earlier ones.
  /// Errors: AlreadyExists, NotFound, Conflict (a guard failed; the first op at fault is named),
  /// Internal (a revision_offset outside of its bytes), ServiceUnavailable (the disk failed, the
  /// queue is full or the store is closing: nothing was acknowledged; after a disk error the write
  /// may yet turn out to have happened, whole).
  virtual void Write(std::vector<WriteOp> ops, WriteCallback done) = 0;

  /// Events after `after_revision`. `wake` must not block and may come on any thread, also while
  /// Next runs, and once more just after the watch was destroyed: let it hold what it touches.
  /// Expired when the window no longer reaches back so far; Timeout when `after_revision` lies in
  /// the future.
  virtual Result<std::unique_ptr<StoreWatch>> Watch(const Scope& scope, std::int64_t after_revision,
                                                    std::function<void()> wake) = 0;

  virtual std::int64_t Revision() const = 0;
  virtual std::int64_t CompactedRevision() const = 0;

  /// Ok, or why writes fail now (read-only, full or corrupt disk). For /readyz.
  virtual Status Health() const = 0;
};

/// How much history a store keeps for watches that resume and lists at older revisions. A revision
/// is forgotten when more than `keep_revisions` newer ones exist and it is older than `keep_age`,
/// or when history takes more than `max_bytes` of memory.
struct HistoryOptions {
  /// Covers a client that reconnects after a burst of writes.
  std::int64_t keep_revisions = 10'000;
  /// Covers a client that reconnects after a laptop's nap or a long relist.
  Duration keep_age = std::chrono::minutes(10);
  /// Superseded versions and events; keeps a store of 10,000 objects of 2 kB below 64 MiB in all.
  std::size_t max_bytes = std::size_t{32} << 20;
};

/// Reads the attributes out of stored bytes when a store loads them from disk.
using AttributeReader = std::function<Attributes(const StoreKey& key, std::string_view bytes)>;

}  // namespace noizy::apiserver
