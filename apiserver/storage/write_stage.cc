#include "apiserver/storage/write_stage.h"

#include <iterator>
#include <string>
#include <utility>

namespace noizy::apiserver {
namespace {

// Kubernetes' words (registry.OptimisticLockErrorMsg): clients and people know them.
constexpr char kModified[] =
    "the object has been modified; please apply your changes to the latest version and try again";

Status CheckGuard(const WriteOp& op, const StoredObject* current) {
  const bool create = op.kind == WriteOp::Kind::kPut && op.expected_revision == 0;
  const StoreKey& key = op.key;
  if (current == nullptr) return create ? Status::Ok() : NotFound(key.resource, key.name);
  if (create) return AlreadyExists(key.resource, key.name);
  if (current->revision == op.expected_revision) return Status::Ok();
  return Conflict(key.resource, key.name, kModified);
}

Status CheckOffset(const WriteOp& op) {
  if (op.body.revision_offset <= op.body.bytes.size()) return Status::Ok();
  return Internal("the place of the revision lies outside of the bytes of " + op.key.resource +
                  " \"" + op.key.name + "\"");
}

// One allocation of exactly the needed size: these bytes stay in memory for as long as the object
// lives.
std::string Splice(const UnversionedBytes& body, std::int64_t revision) {
  const std::string digits = std::to_string(revision);
  std::string bytes;
  bytes.reserve(body.bytes.size() + digits.size());
  bytes.append(body.bytes, 0, body.revision_offset);
  bytes.append(digits);
  bytes.append(body.bytes, body.revision_offset);
  return bytes;
}

StoreEventPtr MakeEvent(WriteOp op, std::int64_t revision, StoredObjectPtr previous) {
  auto object = std::make_shared<StoredObject>();
  object->revision = revision;
  object->create_revision = previous == nullptr ? revision : previous->create_revision;
  object->bytes = Splice(op.body, revision);
  object->key = std::move(op.key);
  object->attributes = std::move(op.attributes);
  object->attributes.labels.shrink_to_fit();
  object->attributes.fields.shrink_to_fit();
  return std::make_shared<const StoreEvent>(
      StoreEvent{op.kind, std::move(object), std::move(previous)});
}

}  // namespace

WriteStage::WriteStage(const MemoryIndex& index)
    : index_(index), next_revision_(index.Revision() + 1) {}

StoredObjectPtr WriteStage::Current(const StoreKey& key, const Pending& mine) const {
  for (const Pending* pending : {&mine, &pending_}) {
    const auto found = pending->find(key);
    if (found != pending->end()) return found->second;
  }
  return index_.Get(key);
}

Result<std::vector<StoredObjectPtr>> WriteStage::Add(std::vector<WriteOp> ops) {
  Pending mine;
  std::vector<StoreEventPtr> events;
  std::vector<StoredObjectPtr> objects;
  objects.reserve(ops.size());
  std::size_t bytes = 0;
  for (WriteOp& op : ops) {
    StoredObjectPtr current = Current(op.key, mine);
    NOIZY_RETURN_IF_ERROR(CheckGuard(op, current.get()));
    NOIZY_RETURN_IF_ERROR(CheckOffset(op));
    const auto revision = next_revision_ + static_cast<std::int64_t>(events.size());
    events.push_back(MakeEvent(std::move(op), revision, std::move(current)));
    const StoreEvent& event = *events.back();
    mine[event.object->key] = event.kind == WriteOp::Kind::kPut ? event.object : nullptr;
    bytes += event.object->bytes.size();
    objects.push_back(event.object);
  }
  next_revision_ += static_cast<std::int64_t>(events.size());
  bytes_ += bytes;
  for (auto& [key, object] : mine) pending_[key] = std::move(object);
  std::move(events.begin(), events.end(), std::back_inserter(events_));
  return objects;
}

}  // namespace noizy::apiserver
