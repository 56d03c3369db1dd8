// Roles and bindings, as Kubernetes validates them.
#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/value/field_path.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

using Causes = std::vector<StatusCause>;

void Require(Causes& causes, const FieldPath& path, std::string_view why) {
  causes.push_back({"FieldValueRequired", "Required value: " + std::string(why), path.ToString()});
}

void Refuse(Causes& causes, const FieldPath& path, std::string_view why) {
  causes.push_back({"FieldValueInvalid", "Invalid value: " + std::string(why), path.ToString()});
}

bool HasAny(const Value& rule, std::string_view member) {
  const Array* items = ArrayAt(rule, {member});
  return items != nullptr && !items->empty();
}

void CheckRule(const Kind& kind, const Value& rule, const FieldPath& path, Causes& causes) {
  if (!HasAny(rule, "verbs"))
    Require(causes, path.Child("verbs"), "verbs must contain at least one value");
  if (HasAny(rule, "nonResourceURLs")) {
    if (kind.namespaced()) {
      Refuse(causes, path.Child("nonResourceURLs"),
             "namespaced rules cannot apply to non-resource URLs");
    }
    if (HasAny(rule, "apiGroups") || HasAny(rule, "resources") || HasAny(rule, "resourceNames")) {
      Refuse(causes, path.Child("nonResourceURLs"),
             "rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (!HasAny(rule, "apiGroups"))
    Require(causes, path.Child("apiGroups"), "resource rules must supply at least one api group");
  if (!HasAny(rule, "resources"))
    Require(causes, path.Child("resources"), "resource rules must supply at least one resource");
}

// Users and groups belong to the rbac group; a service account to its namespace.
void CheckSubject(Value& subject, const FieldPath& path, Causes& causes) {
  const std::string_view group = StringAt(subject, {"apiGroup"});
  if (StringAt(subject, {"kind"}) == "ServiceAccount") {
    if (StringAt(subject, {"namespace"}).empty()) Require(causes, path.Child("namespace"), "");
    if (!group.empty())
      Refuse(causes, path.Child("apiGroup"), "must be empty for a ServiceAccount");
  } else if (group.empty()) {
    Set(subject, {"apiGroup"}, Value(kRbac));
  } else if (group != kRbac) {
    Refuse(causes, path.Child("apiGroup"), "must be rbac.authorization.k8s.io");
  }
}

Status Faults(const AdmissionRequest& request, Causes causes) {
  if (causes.empty()) return Status::Ok();
  return Invalid(request.kind.gvk.kind, request.kind.gvk.group, NameOf(request.object),
                 std::move(causes));
}

}  // namespace

Status AdmitRole(const AdmissionRequest& request) {
  Causes causes;
  const Array* rules = ArrayAt(request.object, {"rules"});
  for (std::size_t i = 0; rules != nullptr && i < rules->size(); ++i)
    CheckRule(request.kind, rules->at(i), FieldPath("rules").Index(i), causes);
  return Faults(request, std::move(causes));
}

Status AdmitRoleBinding(const AdmissionRequest& request) {
  Causes causes;
  Value* subjects = Find(request.object, {"subjects"});
  if (subjects != nullptr && subjects->is_array()) {
    Array& items = subjects->get_array();
    for (std::size_t i = 0; i < items.size(); ++i)
      CheckSubject(items[i], FieldPath("subjects").Index(i), causes);
  }
  const Value* before = request.before == nullptr ? nullptr : Find(*request.before, {"roleRef"});
  const Value* after = Find(request.object, {"roleRef"});
  if (before != nullptr && (after == nullptr || !Equal(*before, *after)))
    Refuse(causes, FieldPath("roleRef"), "cannot change roleRef");
  return Faults(request, std::move(causes));
}

}  // namespace noizy::apiserver
