#include "apiserver/storage/memory_index.h"

#include <algorithm>
#include <utility>

namespace noizy::apiserver {
namespace {

// How many objects a list looks at before it lets others have the lock: some 50 µs.
constexpr std::size_t kListStep = 512;
// An event, its places in the two queues and the version's entry, with the allocator's share.
constexpr std::size_t kEventOverheadBytes = 256;

Status Expired(std::int64_t revision, std::int64_t compacted) {
  return {StatusReason::kExpired, "too old resource version: " + std::to_string(revision) + " (" +
                                      std::to_string(compacted) + ")"};
}

// In the words clients match on (k8s.io/apiserver's NewTooLargeResourceVersionError).
Status TooLarge(std::int64_t revision, std::int64_t current) {
  StatusDetails details;
  details.causes.push_back({"ResourceVersionTooLarge", "Too large resource version", ""});
  details.retry_after_seconds = 1;
  return Timeout("Too large resource version: " + std::to_string(revision) +
                 ", current: " + std::to_string(current))
      .WithDetails(std::move(details));
}

// The memory that forgetting the event frees.
std::size_t Weight(const StoreEvent& event) {
  std::size_t bytes = kEventOverheadBytes;
  if (event.previous != nullptr) bytes += event.previous->bytes.size();
  if (event.kind == WriteOp::Kind::kDelete) bytes += event.object->bytes.size();
  return bytes;
}

}  // namespace

/// A watch on a MemoryIndex.
class IndexWatch final : public StoreWatch {
 public:
  IndexWatch(MemoryIndex& index, Scope scope, std::int64_t after, std::function<void()> wake)
      : index_(index) {
    cursor_.scope = std::move(scope);
    cursor_.wake = std::make_shared<const std::function<void()>>(std::move(wake));
    cursor_.revision = after;
    index_.watches_.Increment();
  }
  ~IndexWatch() override { index_.End(cursor_); }
  IndexWatch(const IndexWatch&) = delete;
  IndexWatch& operator=(const IndexWatch&) = delete;

  Result<Batch> Next(std::size_t max) override { return index_.Next(cursor_, max); }

 private:
  MemoryIndex& index_;
  WatchCursor cursor_;  // protected by the index's lock
};

MemoryIndex::MemoryIndex()
    : watches_("noizy_store_watches", "Watches open on the store."),
      expired_("noizy_store_watches_expired_total",
               "Watches ended because their reader was slower than the compaction.") {}

const ResourceHistory* MemoryIndex::Find(const std::string& resource) const {
  const auto found = resources_.find(resource);
  return found == resources_.end() ? nullptr : &found->second;
}

StoredObjectPtr MemoryIndex::Get(const StoreKey& key) const {
  MutexLock lock(mutex_);
  const ResourceHistory* resource = Find(key.resource);
  return resource == nullptr ? nullptr : resource->Newest(key.ns, key.name);
}

std::int64_t MemoryIndex::Revision() const {
  MutexLock lock(mutex_);
  return revision_;
}

std::int64_t MemoryIndex::CompactedRevision() const {
  MutexLock lock(mutex_);
  return compacted_;
}

Status MemoryIndex::CheckReadable(std::int64_t revision) const {
  if (revision < compacted_) return Expired(revision, compacted_);
  if (revision > revision_) return TooLarge(revision, revision_);
  return Status::Ok();
}

Result<Listing> MemoryIndex::List(const Scope& scope, const ListOptions& options) const {
  Listing listing;
  ListWalk walk{scope, options.at_revision, options.limit, options.after, listing};
  for (bool done = false; !done;) {
    MutexLock lock(mutex_);
    if (walk.revision == 0) walk.revision = revision_;
    // Again at every step: a compaction that overtakes the walk would leave holes in it.
    NOIZY_RETURN_IF_ERROR(CheckReadable(walk.revision));
    const ResourceHistory* resource = Find(scope.resource);
    done = resource == nullptr || resource->Walk(walk, kListStep);
  }
  listing.revision = walk.revision;
  return listing;
}

Result<std::unique_ptr<StoreWatch>> MemoryIndex::Watch(const Scope& scope,
                                                       std::int64_t after_revision,
                                                       std::function<void()> wake) {
  {
    MutexLock lock(mutex_);
    NOIZY_RETURN_IF_ERROR(CheckReadable(after_revision));
  }
  return std::unique_ptr<StoreWatch>(
      std::make_unique<IndexWatch>(*this, scope, after_revision, std::move(wake)));
}

Result<StoreWatch::Batch> MemoryIndex::Next(WatchCursor& cursor, std::size_t max) {
  MutexLock lock(mutex_);
  if (cursor.armed) return StoreWatch::Batch{{}, revision_, true};
  if (cursor.revision < compacted_) {
    expired_.Increment();
    return Expired(cursor.revision, compacted_);
  }
  ResourceHistory& resource = resources_[cursor.scope.resource];
  max = std::max<std::size_t>(max, 1);
  StoreWatch::Batch batch;
  batch.events = resource.Advance(cursor, max, revision_);
  batch.progress = cursor.revision;
  batch.armed = batch.events.size() < max;
  if (batch.armed) resource.Arm(cursor);
  return batch;
}

void MemoryIndex::End(WatchCursor& cursor) {
  watches_.Decrement();
  MutexLock lock(mutex_);
  if (cursor.armed) resources_[cursor.scope.resource].Disarm(cursor);
}

std::vector<Wake> MemoryIndex::Publish(const std::vector<StoreEventPtr>& events,
                                       MonotonicTime now) {
  std::vector<Wake> wakes;
  MutexLock lock(mutex_);
  for (const StoreEventPtr& event : events) {
    history_bytes_ += Weight(*event);
    journal_.push_back({event, now});
    resources_[event->object->key.resource].Apply(event, wakes);
  }
  if (!events.empty()) revision_ = events.back()->object->revision;
  return wakes;
}

std::vector<StoreEventPtr> MemoryIndex::Due(const HistoryOptions& keep, MonotonicTime now,
                                            std::size_t max) const {
  std::vector<StoreEventPtr> due;
  MutexLock lock(mutex_);
  std::size_t bytes = history_bytes_;
  for (const JournalEntry& entry : journal_) {
    const bool surplus = revision_ - entry.event->object->revision >= keep.keep_revisions;
    const bool aged = now - entry.at >= keep.keep_age;
    if (due.size() == max || !((surplus && aged) || bytes > keep.max_bytes)) break;
    bytes -= Weight(*entry.event);
    due.push_back(entry.event);
  }
  return due;
}

std::vector<StoreEventPtr> MemoryIndex::UpTo(std::int64_t revision, std::size_t max) const {
  std::vector<StoreEventPtr> events;
  MutexLock lock(mutex_);
  for (const JournalEntry& entry : journal_) {
    if (events.size() == max || entry.event->object->revision > revision) break;
    events.push_back(entry.event);
  }
  return events;
}

void MemoryIndex::Compact(std::int64_t revision) {
  MutexLock lock(mutex_);
  compacted_ = std::max(compacted_, std::min(revision, revision_));
  while (!journal_.empty() && journal_.front().event->object->revision <= compacted_) {
    const StoreEvent& event = *journal_.front().event;
    history_bytes_ -= Weight(event);
    resources_.find(event.object->key.resource)->second.Forget(event);
    journal_.pop_front();
  }
}

void MemoryIndex::LoadCompacted(std::int64_t revision) {
  MutexLock lock(mutex_);
  compacted_ = revision;
  revision_ = std::max(revision_, revision);
}

void MemoryIndex::LoadBase(StoredObjectPtr object) {
  MutexLock lock(mutex_);
  resources_[object->key.resource].AddBase(std::move(object));
}

}  // namespace noizy::apiserver
