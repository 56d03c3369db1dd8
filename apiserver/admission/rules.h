// The rules of single kinds; admission.cc holds the table that names them.
#pragma once

#include "apiserver/admission/admission.h"

namespace noizy::apiserver {

/// spec.finalizers, which `finalize` alone may change, and the label that carries the name.
Status AdmitNamespace(const AdmissionRequest& request);
/// stringData → data, `immutable` kept.
Status AdmitSecret(const AdmissionRequest& request);
/// `immutable` kept.
Status AdmitConfigMap(const AdmissionRequest& request);
/// In the namespace of what it is about.
Status AdmitEvent(const AdmissionRequest& request);
/// The same for an Event of the newer group, which has to be whole when it is created.
Status AdmitRecordedEvent(const AdmissionRequest& request);
/// Names and stored versions filled in, finalizer; what its schema cannot say (groups, names,
/// versions, immutable fields), with a warning for CEL rules, which are not run.
Status AdmitDefinition(const AdmissionRequest& request);
/// Finalizer; the spec immutable once scheduled; nothing changes a finished Task;
/// attempts never go back.
Status AdmitTask(const AdmissionRequest& request);

/// What the fields of a Certificate say must fit together, so that it can be issued at all.
Status AdmitCertificate(const AdmissionRequest& request);
/// A request that can be read; the spec kept; decided through `approval` alone, once.
Status AdmitSigningRequest(const AdmissionRequest& request);
/// The Task template of a TaskSet or a TaskSchedule: a Task's spec, faults named by where they
/// stand in it.
Status AdmitTaskTemplate(const AdmissionRequest& request);

/// Faults of a Secret's keys, size and type (secret_rules.cc).
std::vector<StatusCause> CheckSecretData(const AdmissionRequest& request);
/// Faults of a ConfigMap's keys and size.
std::vector<StatusCause> CheckConfigMapData(const AdmissionRequest& request);
/// Each rule is about resources or about paths, whole either way. For ClusterRoles too.
Status AdmitRole(const AdmissionRequest& request);
/// roleRef kept; subjects complete. For ClusterRoleBindings too.
Status AdmitRoleBinding(const AdmissionRequest& request);

/// Adds `finalizer` to metadata.finalizers unless it is there.
void AddFinalizer(Value& object, std::string_view finalizer);

}  // namespace noizy::apiserver
