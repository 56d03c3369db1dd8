#include "machinery/meta/object_meta.h"

namespace noizy {
namespace {

std::map<std::string, std::string> StringMapAt(const Value& value, std::string_view member) {
  std::map<std::string, std::string> out;
  const Object* object = ObjectAt(value, {member});
  if (object == nullptr) return out;
  for (const auto& entry : *object) {
    if (const auto* text = entry.value().if_string()) {
      out.emplace(std::string_view(entry.key().data(), entry.key().size()), View(*text));
    }
  }
  return out;
}

OwnerReference OwnerFromValue(const Value& value) {
  OwnerReference owner;
  owner.api_version = StringAt(value, {"apiVersion"});
  owner.kind = StringAt(value, {"kind"});
  owner.name = StringAt(value, {"name"});
  owner.uid = StringAt(value, {"uid"});
  owner.controller = BoolAt(value, {"controller"});
  owner.block_owner_deletion = BoolAt(value, {"blockOwnerDeletion"});
  return owner;
}

Object OwnerToObject(const OwnerReference& owner) {
  Object out;
  out.emplace("apiVersion", owner.api_version);
  out.emplace("kind", owner.kind);
  out.emplace("name", owner.name);
  out.emplace("uid", owner.uid);
  if (owner.controller) out.emplace("controller", true);
  if (owner.block_owner_deletion) out.emplace("blockOwnerDeletion", true);
  return out;
}

void Put(Object& object, std::string_view member, std::string_view text) {
  if (!text.empty()) object.emplace(member, text);
}

void Put(Object& object, std::string_view member, const std::map<std::string, std::string>& map) {
  if (map.empty()) return;
  Object out;
  out.reserve(map.size());
  for (const auto& [key, value] : map) out.emplace(key, value);
  object.emplace(member, std::move(out));
}

}  // namespace

ObjectMeta ObjectMeta::FromValue(const Value& metadata) {
  ObjectMeta meta;
  meta.name = StringAt(metadata, {"name"});
  meta.ns = StringAt(metadata, {"namespace"});
  meta.uid = StringAt(metadata, {"uid"});
  meta.resource_version = StringAt(metadata, {"resourceVersion"});
  meta.generation = IntAt(metadata, {"generation"}).value_or(0);
  meta.creation_timestamp = StringAt(metadata, {"creationTimestamp"});
  meta.deletion_timestamp = StringAt(metadata, {"deletionTimestamp"});
  meta.deletion_grace_period_seconds = IntAt(metadata, {"deletionGracePeriodSeconds"});
  meta.labels = StringMapAt(metadata, "labels");
  meta.annotations = StringMapAt(metadata, "annotations");
  if (const Array* items = ArrayAt(metadata, {"finalizers"})) {
    for (const Value& item : *items) {
      if (const auto* text = item.if_string()) meta.finalizers.emplace_back(View(*text));
    }
  }
  if (const Array* items = ArrayAt(metadata, {"ownerReferences"})) {
    for (const Value& item : *items) meta.owner_references.push_back(OwnerFromValue(item));
  }
  return meta;
}

Value ObjectMeta::ToValue() const {
  Object out;
  Put(out, "name", name);
  Put(out, "namespace", ns);
  Put(out, "uid", uid);
  Put(out, "resourceVersion", resource_version);
  if (generation != 0) out.emplace("generation", generation);
  Put(out, "creationTimestamp", creation_timestamp);
  Put(out, "deletionTimestamp", deletion_timestamp);
  if (deletion_grace_period_seconds) {
    out.emplace("deletionGracePeriodSeconds", *deletion_grace_period_seconds);
  }
  Put(out, "labels", labels);
  Put(out, "annotations", annotations);
  if (!finalizers.empty()) {
    Array items;
    for (const std::string& finalizer : finalizers) items.emplace_back(finalizer);
    out.emplace("finalizers", std::move(items));
  }
  if (!owner_references.empty()) {
    Array items;
    for (const OwnerReference& owner : owner_references) items.emplace_back(OwnerToObject(owner));
    out.emplace("ownerReferences", std::move(items));
  }
  return out;
}

}  // namespace noizy
