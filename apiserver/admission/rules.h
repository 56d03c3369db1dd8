// The rules of single kinds; admission.cc holds the table that names them.
#pragma once

#include "apiserver/admission/admission.h"

namespace noizy::apiserver {

/// Finalizer and the label that carries the name.
Status AdmitNamespace(const AdmissionRequest& request);
/// stringData → data, `immutable` kept.
Status AdmitSecret(const AdmissionRequest& request);
/// `immutable` kept.
Status AdmitConfigMap(const AdmissionRequest& request);
/// Finalizer; the spec immutable once scheduled; nothing changes a finished Task;
/// attempts never go back.
Status AdmitTask(const AdmissionRequest& request);

/// Adds `finalizer` to metadata.finalizers unless it is there.
void AddFinalizer(Value& object, std::string_view finalizer);

}  // namespace noizy::apiserver
