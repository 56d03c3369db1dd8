// Names of kinds, resources and objects, and ObjectMeta's fields in a Value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy {

struct GroupVersionKind {
  std::string group;  // "" for the core group
  std::string version;
  std::string kind;

  auto operator<=>(const GroupVersionKind&) const = default;
  /// "noizy.dev/v1", "v1".
  std::string ApiVersion() const;
};

/// "noizy.dev/v1" + "Task" → its parts. BadRequest when `api_version` has more than one slash or is
/// empty.
Result<GroupVersionKind> ParseGroupVersionKind(std::string_view api_version, std::string_view kind);
/// apiVersion and kind of an object; BadRequest when either is missing.
Result<GroupVersionKind> GroupVersionKindOf(const Value& object);

/// What travels in work queues: an object's name within one kind.
struct ObjectKey {
  std::string ns;  // "" for cluster-scoped kinds
  std::string name;

  auto operator<=>(const ObjectKey&) const = default;
  /// "default/a", or "a" without a namespace.
  std::string ToString() const;
};

// ObjectMeta's fields; "" or empty when absent.
std::string_view NameOf(const Value& object);
std::string_view NamespaceOf(const Value& object);
std::string_view UidOf(const Value& object);
ObjectKey KeyOf(const Value& object);
/// metadata.resourceVersion as a number; 0 when absent; BadRequest when it is no number.
Result<std::int64_t> ResourceVersionOf(const Value& object);
std::int64_t GenerationOf(const Value& object);
bool IsBeingDeleted(const Value& object);
std::vector<std::string> FinalizersOf(const Value& object);
/// Whether somebody must be done before the object may vanish: a finalizer is left, of a Namespace
/// also one of spec.finalizers (Kubernetes' finalize subresource takes those off).
bool HasFinalizers(const Value& object);
/// The value of a label or annotation; "" when absent.
std::string_view LabelOf(const Value& object, std::string_view key);
std::string_view AnnotationOf(const Value& object, std::string_view key);

// Name rules (RFC 1123, Kubernetes' labels). Each returns "" when `text` is valid, else what is
// wrong, in Kubernetes' words.
std::string CheckDnsSubdomain(std::string_view text);
std::string CheckDnsLabel(std::string_view text);
/// "prefix/name" or "name": a label's or annotation's key, a finalizer.
std::string CheckQualifiedName(std::string_view text);
std::string CheckLabelValue(std::string_view text);

}  // namespace noizy
