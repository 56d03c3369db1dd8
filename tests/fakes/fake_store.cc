#include "tests/fakes/fake_store.h"

#include <algorithm>

#include "machinery/meta/time.h"
#include "machinery/patch/patch.h"

namespace noizy {
namespace {

constexpr std::string_view kStaleObject =
    "the object has been modified; please apply your changes to the latest version and try again";

void CopyMember(const Value& from, Value& to, ValuePath path) {
  const Value* value = noizy::Find(from, path);
  if (value != nullptr) {
    Set(to, path, *value);
  } else {
    Remove(to, path);
  }
}

// What generation counts: everything but metadata and status.
Value SpecOf(Value object) {
  Remove(object, {"metadata"});
  Remove(object, {"status"});
  return object;
}

void SetFinalizer(Value& object, std::string_view name, bool wanted) {
  std::vector<std::string> finalizers = FinalizersOf(object);
  std::erase(finalizers, name);
  if (wanted) finalizers.emplace_back(name);
  Array array(finalizers.begin(), finalizers.end());
  if (array.empty()) {
    Remove(object, {"metadata", "finalizers"});
  } else {
    Set(object, {"metadata", "finalizers"}, std::move(array));
  }
}

// As the real server does before a deletion: the policy asked for decides, none keeps what is
// there.
void ApplyPolicy(Value& object, std::string_view policy) {
  if (policy.empty()) return;
  SetFinalizer(object, "orphan", policy == "Orphan");
  SetFinalizer(object, "foregroundDeletion", policy == "Foreground");
}

}  // namespace

const FakeKind* FakeStore::KindOf(const Value& object) const {
  const Result<GroupVersionKind> gvk = GroupVersionKindOf(object);
  if (!gvk.ok()) return nullptr;
  for (const auto& [resource, kind] : kinds_) {
    if (resource.group == gvk->group && kind.kind == gvk->kind) return &kind;
  }
  return nullptr;
}

void FakeStore::Compact() {
  history_.clear();
  compacted_ = revision_;
}

Result<Value> FakeStore::Get(const FakeKind& kind, const ObjectKey& key) {
  const Objects& objects = objects_[kind.resource];
  const auto found = objects.find(key);
  if (found == objects.end()) return NotFound(kind.resource.Resource(), key.name);
  return found->second;
}

void FakeStore::FillIn(const FakeKind& kind, const ObjectKey& key, Value& object) {
  const std::string api_version =
      GroupVersionKind{kind.resource.group, kind.resource.version, {}}.ApiVersion();
  Set(object, {"apiVersion"}, Value(api_version));
  Set(object, {"kind"}, Value(kind.kind));
  Set(object, {"metadata", "name"}, Value(key.name));
  if (!key.ns.empty()) Set(object, {"metadata", "namespace"}, Value(key.ns));
  if (UidOf(object).empty()) {
    // Told by the name alone, so that runs in another order come to the same objects.
    const std::string name = kind.resource.plural + "/" + key.ToString();
    Set(object, {"metadata", "uid"}, Value(name + "#" + std::to_string(++incarnations_[name])));
  }
  if (StringAt(object, {"metadata", "creationTimestamp"}).empty()) {
    Set(object, {"metadata", "creationTimestamp"}, Value(FormatTime(clock_->Now())));
  }
  if (GenerationOf(object) == 0) Set(object, {"metadata", "generation"}, 1);
}

const Value& FakeStore::Store(const FakeKind& kind, const ObjectKey& key, Value object) {
  Set(object, {"metadata", "resourceVersion"}, Value(std::to_string(++revision_)));
  Value& slot = objects_[kind.resource][key];
  const auto type = slot.is_null() ? WatchEvent::Type::kAdded : WatchEvent::Type::kModified;
  slot = std::move(object);
  history_.push_back({revision_, kind.resource, {type, slot}});
  return slot;
}

Value FakeStore::Put(const FakeKind& kind, Value object) {
  const ObjectKey key = KeyOf(object);
  FillIn(kind, key, object);
  return Store(kind, key, std::move(object));
}

Result<Value> FakeStore::Create(const FakeKind& kind, const std::string& ns, Value object) {
  ObjectKey key = {ns, std::string(NameOf(object))};
  if (key.name.empty()) {
    const std::string prefix(StringAt(object, {"metadata", "generateName"}));
    if (prefix.empty()) return BadRequest("name or generateName is required");
    key.name = prefix + std::to_string(revision_);
  }
  if (objects_[kind.resource].contains(key)) {
    return AlreadyExists(kind.resource.Resource(), key.name);
  }
  for (const std::string_view member :
       {"uid", "creationTimestamp", "generation", "deletionTimestamp"}) {
    Remove(object, {"metadata", member});
  }
  if (kind.has_status) Remove(object, {"status"});
  FillIn(kind, key, object);
  return Store(kind, key, std::move(object));
}

Result<Value> FakeStore::Update(const FakeKind& kind, const ObjectKey& key, Value object,
                                Part part) {
  NOIZY_ASSIGN_OR_RETURN(const Value before, Get(kind, key));
  const std::string_view version = StringAt(object, {"metadata", "resourceVersion"});
  const std::string_view uid = UidOf(object);
  if ((!version.empty() && version != StringAt(before, {"metadata", "resourceVersion"})) ||
      (!uid.empty() && uid != UidOf(before))) {
    return Conflict(kind.resource.Resource(), key.name, kStaleObject);
  }
  if (part == Part::kStatus) {
    Value merged = before;
    CopyMember(object, merged, {"status"});
    object = std::move(merged);
  } else if (kind.has_status) {
    CopyMember(before, object, {"status"});
  }
  for (const std::string_view member :
       {"uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion"}) {
    CopyMember(before, object, {"metadata", member});
  }
  if (Equal(before, object)) return before;
  if (!Equal(SpecOf(before), SpecOf(object))) {
    Set(object, {"metadata", "generation"}, GenerationOf(before) + 1);
  }
  if (IsBeingDeleted(object) && !HasFinalizers(object)) {
    Erase(kind.resource, key);
    return object;
  }
  return Store(kind, key, std::move(object));
}

Result<Value> FakeStore::Patch(const FakeKind& kind, const ObjectKey& key,
                               std::string_view content_type, const Value& patch, Part part) {
  Result<Value> current = Get(kind, key);
  const bool apply = content_type == "application/apply-patch+yaml";
  if (apply && current.status().reason() == StatusReason::kNotFound) {
    Value object = patch;
    Set(object, {"metadata", "name"}, Value(key.name));
    return Create(kind, key.ns, std::move(object));
  }
  if (!current.ok()) return current.status();
  Value object = *std::move(current);
  if (apply || content_type == "application/merge-patch+json") {
    ApplyMergePatch(object, patch);
  } else if (content_type == "application/json-patch+json") {
    NOIZY_RETURN_IF_ERROR(ApplyJsonPatch(object, patch));
  } else {
    return Status(StatusReason::kUnsupportedMediaType,
                  "patch type not supported: " + std::string(content_type));
  }
  return Update(kind, key, std::move(object), part);
}

Result<Value> FakeStore::Delete(const FakeKind& kind, const ObjectKey& key, const Value& options) {
  NOIZY_ASSIGN_OR_RETURN(const Value before, Get(kind, key));
  const std::string_view uid = StringAt(options, {"preconditions", "uid"});
  const std::string_view version = StringAt(options, {"preconditions", "resourceVersion"});
  if ((!uid.empty() && uid != UidOf(before)) ||
      (!version.empty() && version != StringAt(before, {"metadata", "resourceVersion"}))) {
    return Conflict(kind.resource.Resource(), key.name, "the precondition does not hold");
  }
  Value object = before;
  ApplyPolicy(object, StringAt(options, {"propagationPolicy"}));
  if (!HasFinalizers(object)) {
    Erase(kind.resource, key);
    return object;
  }
  if (!IsBeingDeleted(object)) {
    Set(object, {"metadata", "deletionTimestamp"}, Value(FormatTime(clock_->Now())));
    Set(object, {"metadata", "generation"}, GenerationOf(before) + 1);
  }
  if (Equal(before, object)) return before;
  return Store(kind, key, std::move(object));
}

void FakeStore::Erase(const ResourceRef& resource, const ObjectKey& key) {
  Objects& objects = objects_[resource];
  const auto found = objects.find(key);
  if (found == objects.end()) return;
  Value last = std::move(found->second);
  objects.erase(found);
  Set(last, {"metadata", "resourceVersion"}, Value(std::to_string(++revision_)));
  history_.push_back({revision_, resource, {WatchEvent::Type::kDeleted, std::move(last)}});
}

}  // namespace noizy
