// ObjectMeta as a struct, for typed code (generated kinds hold one). Functions on untyped Values
// are in meta.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "machinery/meta/meta.h"

namespace noizy {

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
  bool block_owner_deletion = false;

  bool operator==(const OwnerReference&) const = default;
};

/// metav1.ObjectMeta without managedFields. Times stay RFC 3339 texts; "" is absent.
struct ObjectMeta {
  std::string name;
  std::string ns;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  std::string creation_timestamp;
  std::string deletion_timestamp;
  std::optional<std::int64_t> deletion_grace_period_seconds;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> finalizers;
  std::vector<OwnerReference> owner_references;

  ObjectKey Key() const { return {ns, name}; }
  bool BeingDeleted() const { return !deletion_timestamp.empty(); }

  /// Reads a `metadata` value; members of a wrong type are left empty.
  static ObjectMeta FromValue(const Value& metadata);
  Value ToValue() const;
  bool operator==(const ObjectMeta&) const = default;
};

}  // namespace noizy
