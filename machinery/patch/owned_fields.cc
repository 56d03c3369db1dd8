#include "machinery/patch/owned_fields.h"

#include "machinery/patch/typed_fields.h"

namespace noizy {
namespace {

// Whether the path that leads to a node below the root is in the set itself.
bool IsMember(const Object& node) {
  return node.empty() || node.contains(".");
}

const Object* Below(const Object& node, std::string_view element) {
  const Value* below = node.if_contains(element);
  return below == nullptr ? nullptr : below->if_object();
}

bool Touches(const Object& node, const FieldSet& other) {
  if (other.member() && IsMember(node)) return true;
  for (const auto& [element, fields] : other.children()) {
    const Object* below = Below(node, element);
    if (below != nullptr && Touches(*below, fields)) return true;
  }
  return false;
}

bool Contains(const Object& node, const FieldSet& other) {
  if (other.member() && !IsMember(node)) return false;
  for (const auto& [element, fields] : other.children()) {
    const Object* below = Below(node, element);
    if (below == nullptr || !Contains(*below, fields)) return false;
  }
  return true;
}

FieldSet CommonOf(const Object& node, const FieldSet& other) {
  FieldSet common;
  if (other.member() && IsMember(node)) common.SetMember();
  for (const auto& [element, fields] : other.children()) {
    if (const Object* below = Below(node, element)) common.Add(element, CommonOf(*below, fields));
  }
  return common;
}

// Whether paths end at `node`: there are none below it.
bool EndsHere(const Object& node) {
  return node.empty() || (node.size() == 1 && node.contains("."));
}

bool IsOneValue(const Schema& schema) {
  if (schema.type == Schema::Type::kArray) return !HasFieldItems(&schema);
  return schema.type == Schema::Type::kObject && schema.atomic_map;
}

const Schema* SchemaBelow(const Schema& schema, std::string_view element, TypedRoot root) {
  if (element.starts_with("f:")) return MemberSchema(&schema, element.substr(2), root);
  return schema.items.get();
}

void MakeWhole(Object& node, const Schema& schema, TypedRoot root) {
  for (auto& entry : node) {
    Object* below = entry.value().if_object();
    if (below == nullptr || EndsHere(*below)) continue;
    const std::string_view element(entry.key().data(), entry.key().size());
    const Schema* known = SchemaBelow(schema, element, root);
    if (known == nullptr) continue;
    if (IsOneValue(*known)) {
      below->clear();
    } else {
      MakeWhole(*below, *known, TypedRoot::kValue);
    }
  }
}

}  // namespace

OwnedFields OwnedFields::FromStored(Value fields_v1) {
  OwnedFields fields;
  if (fields_v1.is_object()) fields.form_ = std::move(fields_v1);
  return fields;
}

bool OwnedFields::empty() const {
  if (const auto* set = std::get_if<FieldSet>(&form_)) return set->empty();
  return std::get<Value>(form_).get_object().empty();
}

void OwnedFields::Join(const FieldSet& other) {
  const auto* stored = std::get_if<Value>(&form_);
  if (stored == nullptr || !Contains(stored->get_object(), other)) Decode().Join(other);
}

void OwnedFields::Subtract(const FieldSet& other) {
  const auto* stored = std::get_if<Value>(&form_);
  if (stored == nullptr || Touches(stored->get_object(), other)) Decode().Subtract(other);
}

void OwnedFields::Reconcile(const Schema& schema) {
  if (std::holds_alternative<FieldSet>(form_)) form_ = std::get<FieldSet>(form_).ToValue();
  MakeWhole(std::get<Value>(form_).get_object(), schema, TypedRoot::kObject);
}

FieldSet OwnedFields::Common(const FieldSet& other) const {
  if (const auto* set = std::get_if<FieldSet>(&form_)) return set->Common(other);
  return CommonOf(std::get<Value>(form_).get_object(), other);
}

FieldSet OwnedFields::Set() const {
  if (const auto* set = std::get_if<FieldSet>(&form_)) return *set;
  return FieldSet::FromValue(std::get<Value>(form_)).ValueOr({});
}

Value OwnedFields::ToValue() const& {
  if (const auto* set = std::get_if<FieldSet>(&form_)) return set->ToValue();
  return std::get<Value>(form_);
}

Value OwnedFields::ToValue() && {
  if (const auto* set = std::get_if<FieldSet>(&form_)) return set->ToValue();
  return std::move(std::get<Value>(form_));
}

FieldSet& OwnedFields::Decode() {
  if (std::holds_alternative<Value>(form_)) form_ = Set();
  return std::get<FieldSet>(form_);
}

}  // namespace noizy
