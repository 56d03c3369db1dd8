// One manager's fields, as managedFields keeps them from write to write.
#pragma once

#include <utility>
#include <variant>

#include "machinery/patch/field_set.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// A FieldSet that stays in its wire form (FieldsV1) until a change touches it: most writes change
/// a few fields of one manager, and look at the others' along those paths alone.
class OwnedFields {
 public:
  OwnedFields() : OwnedFields(FieldSet()) {}
  // NOLINTNEXTLINE(google-explicit-constructor): it is that set, in either form
  OwnedFields(FieldSet fields) : form_(std::move(fields)) {}
  /// `fields_v1` as ToValue wrote it: it is not checked.
  static OwnedFields FromStored(Value fields_v1);

  bool empty() const;
  /// Adds the paths of `other`.
  void Join(const FieldSet& other);
  /// Removes the paths that `other` holds, not what is below them.
  void Subtract(const FieldSet& other);
  /// Owns a struct, map or list whole where `schema`, that of the object, has made it one value
  /// (atomic) since its fields were counted apart. The way back is not made, as in Kubernetes
  /// (structured-merge-diff, ReconcileFieldSetWithSchema).
  void Reconcile(const Schema& schema);
  /// The paths in both.
  FieldSet Common(const FieldSet& other) const;
  FieldSet Set() const;
  Value ToValue() const&;
  Value ToValue() &&;

 private:
  FieldSet& Decode();

  std::variant<FieldSet, Value> form_;
};

}  // namespace noizy
