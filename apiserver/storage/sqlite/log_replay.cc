#include "apiserver/storage/sqlite/log_replay.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace noizy::apiserver {
namespace {

Status Contradiction(const LogRow& row, const std::string& what) {
  return Internal(
      "the log contradicts itself at revision " + std::to_string(row.revision) + " (" +
      std::string(row.resource) + " \"" + std::string(row.ns) + "/" + std::string(row.name) +
      "\"): " + what +
      ". Nothing was changed; keep a copy of the database and restore the latest backup");
}

/// Takes one row after the other.
class Replay {
 public:
  /// Rows up to `known` are in the index.
  Replay(const AttributeReader& attributes, MonotonicTime now, std::int64_t known,
         MemoryIndex& index)
      : attributes_(attributes),
        now_(now),
        known_(known),
        index_(index),
        compacted_(index.CompactedRevision()) {}

  Status Visit(const LogRow& row) {
    if (row.revision <= known_) return Status::Ok();
    return row.revision <= compacted_ ? VisitBase(row) : VisitEvent(row);
  }
  std::vector<Wake> TakeWakes() { return std::move(wakes_); }

 private:
  StoredObjectPtr ObjectOf(const LogRow& row) const {
    auto object = std::make_shared<StoredObject>();
    object->key = {std::string(row.resource), std::string(row.ns), std::string(row.name)};
    object->revision = row.revision;
    object->create_revision = row.create_revision;
    object->bytes = row.body;
    if (attributes_) object->attributes = attributes_(object->key, object->bytes);
    return object;
  }

  // The current version of its key when the log was compacted.
  Status VisitBase(const LogRow& row) {
    StoredObjectPtr object = ObjectOf(row);
    if (row.op != static_cast<std::int64_t>(WriteOp::Kind::kPut) ||
        index_.Get(object->key) != nullptr) {
      return Contradiction(row, "the compaction should have erased this row");
    }
    index_.LoadBase(std::move(object));
    return Status::Ok();
  }

  Status VisitEvent(const LogRow& row) {
    const std::int64_t expected = index_.Revision() + 1;
    if (row.revision != expected) {
      return Contradiction(row, "the row of revision " + std::to_string(expected) + " is missing");
    }
    StoredObjectPtr object = ObjectOf(row);
    StoredObjectPtr previous = index_.Get(object->key);
    const bool put = row.op == static_cast<std::int64_t>(WriteOp::Kind::kPut);
    if (previous == nullptr ? !put || object->create_revision != object->revision
                            : object->create_revision != previous->create_revision) {
      return Contradiction(row, "the version before it is missing");
    }
    const auto kind = put ? WriteOp::Kind::kPut : WriteOp::Kind::kDelete;
    auto event = std::make_shared<const StoreEvent>(
        StoreEvent{kind, std::move(object), std::move(previous)});
    std::vector<Wake> wakes = index_.Publish({std::move(event)}, now_);
    std::move(wakes.begin(), wakes.end(), std::back_inserter(wakes_));
    return Status::Ok();
  }

  const AttributeReader& attributes_;
  const MonotonicTime now_;
  const std::int64_t known_;
  MemoryIndex& index_;
  const std::int64_t compacted_;
  std::vector<Wake> wakes_;
};

}  // namespace

Result<std::vector<Wake>> ReplayLog(LogTable& log, const AttributeReader& attributes,
                                    MonotonicTime now, MemoryIndex& index) {
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t compacted, log.CompactedRevision());
  const bool empty = index.Revision() == kFirstRevision && index.CompactedRevision() == 0;
  if (empty) index.LoadCompacted(compacted);
  Replay replay(attributes, now, empty ? 0 : index.Revision(), index);
  const auto visit = [&replay](const LogRow& row) { return replay.Visit(row); };
  NOIZY_RETURN_IF_ERROR(log.Read(visit));
  index.Compact(compacted);
  return replay.TakeWakes();
}

}  // namespace noizy::apiserver
