// A compiled structural schema (apiextensions.k8s.io/v1 JSONSchemaProps) and what follows from it:
// defaults, pruning, validation.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/field_path.h"
#include "machinery/value/value.h"

namespace re2 {
class RE2;
}

namespace noizy {

/// One node of a structural schema. Immutable once compiled; shared between threads.
struct Schema {
  enum class Type : std::uint8_t { kAny, kObject, kArray, kString, kInteger, kNumber, kBoolean };
  enum class ListType : std::uint8_t { kAtomic, kSet, kMap };

  Type type = Type::kAny;
  bool nullable = false;
  bool int_or_string = false;            // x-kubernetes-int-or-string
  bool preserve_unknown_fields = false;  // x-kubernetes-preserve-unknown-fields
  bool embedded_resource = false;        // x-kubernetes-embedded-resource
  std::string title;                     // names the C++ struct of a nested object (tools/kindgen)
  std::string description;
  std::string format;

  // Objects.
  std::map<std::string, std::unique_ptr<Schema>, std::less<>> properties;
  std::vector<std::string> property_order;  // as written
  std::vector<std::string> required;
  std::unique_ptr<Schema> additional_properties;
  std::optional<std::int64_t> min_properties, max_properties;
  bool atomic_map = false;  // x-kubernetes-map-type: atomic
  /// The members with a default, so that filling them in looks at no others. Views and pointers
  /// into `properties`.
  std::vector<std::pair<std::string_view, const Schema*>> defaulted;

  // Arrays.
  std::unique_ptr<Schema> items;
  ListType list_type = ListType::kAtomic;
  std::vector<std::string> list_map_keys;
  std::optional<std::int64_t> min_items, max_items;
  bool unique_items = false;
  /// x-kubernetes-patch-strategy names merge: a strategic merge patch merges the items, told apart
  /// by patch_merge_key (x-kubernetes-patch-merge-key), or by themselves when it is "".
  bool patch_merges = false;
  std::string patch_merge_key;

  // Strings and numbers.
  std::optional<std::int64_t> min_length, max_length;
  std::shared_ptr<const re2::RE2> pattern;  // searched for, not matched whole
  std::optional<double> minimum, maximum, multiple_of;
  bool exclusive_minimum = false, exclusive_maximum = false;
  std::vector<Value> enum_values;

  std::optional<Value> default_value;
  /// Value validations that may stand beside a structural schema; their nodes hold constraints
  /// only.
  std::vector<std::unique_ptr<Schema>> all_of, any_of, one_of;
  std::unique_ptr<Schema> not_schema;

  /// As it was written, for OpenAPI and `explain`; in the root only.
  Value source;
};

/// Compiles an openAPIV3Schema. Invalid lists every field that is no structural schema (or has a
/// bad pattern, bound or default).
Result<std::shared_ptr<const Schema>> CompileSchema(const Value& open_api_v3_schema);

/// Fills in defaults at every depth, as Kubernetes does for structural schemas: a missing member
/// (or a null one that is not nullable) gets its default; defaults apply inside objects that are
/// there, defaulted ones too. A null that is neither nullable nor defaulted is removed.
void ApplyDefaults(const Schema& schema, Value& value);

/// Removes what the schema does not know, and returns the paths of what was removed. apiVersion and
/// kind of the root (and of embedded resources) always stay, and of metadata what every object has.
std::vector<std::string> Prune(const Schema& schema, Value& value);

/// Every fault at once, in Kubernetes' words and reasons (FieldValueRequired, FieldValueInvalid,
/// FieldValueNotSupported, FieldValueTooLong, FieldValueTypeInvalid, FieldValueDuplicate …). `path`
/// is where `value` stands.
std::vector<StatusCause> Validate(const Schema& schema, const Value& value,
                                  const FieldPath& path = {});

}  // namespace noizy
