// Fields told apart by a kind's schema: structs and maps field by field, lists item by item where
// the schema says so (x-kubernetes-list-type), and everything else as one value. Where there is no
// schema (x-kubernetes-preserve-unknown-fields), objects are maps and lists one value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "machinery/patch/field_set.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// Whether `root` is a whole object, with apiVersion, kind and metadata, or any other value.
enum class TypedRoot : bool { kObject, kValue };

/// The schema of member `name`: null when no schema tells.
const Schema* MemberSchema(const Schema* schema, std::string_view name, TypedRoot root);

/// True when the items of the list are fields of their own.
bool HasFieldItems(const Schema* schema);

/// The path element of an item of such a list. A key that the item lacks counts with its default.
std::string ItemElement(const Schema& list, const Value& item);

/// The paths that differ between two versions of an object. Where a whole struct, list or map came
/// or went, its own path is among them.
struct FieldChanges {
  FieldSet added;
  FieldSet modified;
  FieldSet removed;

  bool empty() const { return added.empty() && modified.empty() && removed.empty(); }
};

/// What differs, but for what the server alone writes (apiVersion, kind, most of metadata).
FieldChanges CompareFields(const Schema& schema, const Value& before, const Value& after);

/// The fields that `object` sets: its leaves, the items of its lists and the keys of its maps.
FieldSet FieldsOf(const Schema& schema, const Value& object);

/// The places of items that come twice in a list that must not have that, as ".spec.env: duplicate
/// entries for key [name=\"A\"]".
std::vector<std::string> DuplicateItems(const Schema& schema, const Value& object);

}  // namespace noizy
