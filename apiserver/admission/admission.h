// Admission: what a kind demands of a write beyond its schema, and what the server fills in by
// itself. Runs between defaulting and validation, on creation and on update, for clients and
// controllers alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// kApproval: of a CertificateSigningRequest; a write of status that decides on it. kFinalize: of a
/// Namespace; the write that may change spec.finalizers.
enum class Subresource : std::uint8_t { kNone, kStatus, kScale, kApproval, kFinalize };

/// Whether a write through it changes status and nothing else.
inline bool WritesStatus(Subresource subresource) {
  return subresource == Subresource::kStatus || subresource == Subresource::kApproval;
}

/// Keeps a Task until the task controller has seen its attempt end.
inline constexpr std::string_view kTaskFinalizer = "noizy.dev/task";
/// Among a Namespace's spec.finalizers: keeps it until the namespace controller has emptied it.
inline constexpr std::string_view kNamespaceFinalizer = "kubernetes";
/// Keeps a CustomResourceDefinition until its objects are gone.
inline constexpr std::string_view kDefinitionFinalizer =
    "customresourcecleanup.apiextensions.k8s.io";

/// One write. `before` is null for a creation; `object` is what will be stored and may be changed.
struct AdmissionRequest {
  const Kind& kind;
  Subresource subresource = Subresource::kNone;
  const Value* before = nullptr;
  Value& object;
  /// For the client's Warning headers; null when nobody reads them.
  std::vector<std::string>* warnings = nullptr;
};

/// Runs the kind's rules. Invalid with every cause, or Conflict for a write that came too late (a
/// finished Task, a fenced attempt).
Status Admit(const AdmissionRequest& request);

/// Forbidden for what the server cannot be without.
Status AdmitDeletion(const Kind& kind, std::string_view name);

/// What the server says of an object that stays for its finalizers from now on.
void MarkTerminating(const Kind& kind, Value& object);

/// Faults of metadata: name, namespace, labels, annotations, finalizers, owner references
/// (Kubernetes' ValidateObjectMeta).
std::vector<StatusCause> ValidateMetadata(const Kind& kind, const Value& object);

/// The annotations of one object may not exceed this (Kubernetes' TotalAnnotationSizeLimitB).
inline constexpr std::size_t kMaxAnnotationBytes = 256 * 1024;

}  // namespace noizy::apiserver
