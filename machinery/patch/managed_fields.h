// metadata.managedFields: which manager owns which fields of an object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/patch/field_set.h"
#include "machinery/patch/owned_fields.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// Who writes, through which part of the object, and when.
struct FieldOwner {
  std::string name;
  std::string api_version;  // of the object written
  std::string subresource;  // "", "status" or "scale"
  std::string time;         // as FormatTime
  /// The kind has a status subresource: writes to the object itself do not own status.
  bool status_apart = false;

  /// Removes from `fields` what such a write cannot change.
  void KeepPart(FieldSet& fields) const;
};

/// One manager's entry. Those of one manager differ by operation and subresource.
struct ManagedFieldsEntry {
  enum class Operation : std::uint8_t { kApply, kUpdate };

  std::string manager;
  Operation operation = Operation::kUpdate;
  std::string api_version;
  std::string time;
  std::string subresource;
  OwnedFields fields;

  bool IsOf(const FieldOwner& who, Operation operation) const;
  /// `"kubectl" using v1`, `"noizy" with subresource "status" using noizy.dev/v1`: how conflicts
  /// name it.
  std::string Describe() const;
};
using ManagedFields = std::vector<ManagedFieldsEntry>;

/// metadata.managedFields of `object`; empty when there are none. BadRequest for malformed ones.
Result<ManagedFields> ManagedFieldsOf(const Value& object);
/// The same of an object as it is stored, whose entries this server wrote: the fields are not
/// looked at until they are needed.
ManagedFields StoredManagedFields(const Value& object);
/// Sets them (removes them when empty), in Kubernetes' order: Apply first, then by time and name.
void SetManagedFields(Value& object, ManagedFields entries);

/// More Update entries than this are put together, the oldest first (Kubernetes' number).
inline constexpr std::size_t kMaxUpdateEntries = 10;
/// The manager that old Update entries are put under.
inline constexpr std::string_view kAncientChanges = "ancient-changes";
/// The manager of what was there before anybody kept account.
inline constexpr std::string_view kBeforeFirstApply = "before-first-apply";

/// Gives the fields that `after` changes to `who`, and takes them and those removed from everybody
/// else. `before` is null for a creation. What `after` says of managedFields is the start when it
/// can be read: clients may edit them, and [{}] drops them. An object without any stays without
/// until somebody applies.
void TrackUpdate(const Schema& schema, const Value* before, Value& after, const FieldOwner& who);

}  // namespace noizy
