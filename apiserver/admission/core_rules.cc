// Namespace, Event, Secret and ConfigMap, as Kubernetes treats them.
#include <algorithm>

#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/value/base64.h"

namespace noizy::apiserver {
namespace {

Status InvalidField(const AdmissionRequest& request, std::vector<StatusCause> causes) {
  return Invalid(request.kind.gvk.kind, request.kind.gvk.group, NameOf(request.object),
                 std::move(causes));
}

// Adds to `causes`: once `immutable` is true it stays so, and the named members stay as they are.
// All of them make the answer.
Status CheckImmutable(const AdmissionRequest& request,
                      std::initializer_list<std::string_view> members,
                      std::vector<StatusCause> causes) {
  const bool immutable = request.before != nullptr && BoolAt(*request.before, {"immutable"});
  const auto forbid = [&](std::string_view member) {
    causes.push_back({"FieldValueForbidden",
                      "Forbidden: field is immutable when `immutable` is set",
                      std::string(member)});
  };
  if (immutable && !BoolAt(request.object, {"immutable"})) forbid("immutable");
  for (const std::string_view member : members) {
    if (!immutable) break;
    const Value* before = Find(*request.before, {member});
    const Value* after = Find(request.object, {member});
    const bool same =
        before == nullptr || after == nullptr ? before == after : Equal(*before, *after);
    if (!same) forbid(member);
  }
  return causes.empty() ? Status::Ok() : InvalidField(request, std::move(causes));
}

}  // namespace

void AddFinalizer(Value& object, std::string_view finalizer) {
  Value& list = Ensure(object, {"metadata", "finalizers"});
  if (!list.is_array()) list = Array();
  Array& finalizers = list.get_array();
  const auto same = [&](const Value& entry) {
    return entry.is_string() && View(entry.get_string()) == finalizer;
  };
  if (std::ranges::none_of(finalizers, same)) finalizers.emplace_back(finalizer);
}

Status AdmitNamespace(const AdmissionRequest& request) {
  if (request.before == nullptr) AddFinalizer(request.object, kNamespaceFinalizer);
  // The label lets selectors name namespaces; the server owns it (Kubernetes does the same
  // since 1.21).
  Set(request.object, {"metadata", "labels", "kubernetes.io/metadata.name"},
      Value(NameOf(request.object)));
  if (Find(request.object, {"status", "phase"}) == nullptr)
    Set(request.object, {"status", "phase"}, "Active");
  return Status::Ok();
}

Status AdmitEvent(const AdmissionRequest& request) {
  const std::string_view about = StringAt(request.object, {"involvedObject", "namespace"});
  const std::string_view ns = NamespaceOf(request.object);
  // What has no namespace is told of in one that is always there.
  const bool fits = about == ns || (about.empty() && (ns == "default" || ns == "kube-system"));
  if (fits) return Status::Ok();
  return InvalidField(
      request, {{"FieldValueInvalid",
                 "Invalid value: \"" + std::string(about) + "\": does not match event.namespace",
                 "involvedObject.namespace"}});
}

Status AdmitSecret(const AdmissionRequest& request) {
  if (const Object* plain = ObjectAt(request.object, {"stringData"})) {
    const Object texts = *plain;
    for (const auto& [key, text] : texts) {
      if (text.is_string())
        Set(request.object, {"data", key}, Value(EncodeBase64(View(text.get_string()))));
    }
    Remove(request.object, {"stringData"});
  }
  if (StringAt(request.object, {"type"}).empty()) Set(request.object, {"type"}, "Opaque");
  return CheckImmutable(request, {"data"}, CheckSecretData(request));
}

Status AdmitConfigMap(const AdmissionRequest& request) {
  return CheckImmutable(request, {"data", "binaryData"}, CheckConfigMapData(request));
}

}  // namespace noizy::apiserver
