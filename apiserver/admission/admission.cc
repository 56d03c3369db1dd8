#include "apiserver/admission/admission.h"

#include <algorithm>
#include <array>

#include "apiserver/admission/rules.h"

namespace noizy::apiserver {
namespace {

struct Rule {
  std::string_view resource;
  Status (*admit)(const AdmissionRequest& request);
};

// Which kinds have rules of their own. Everything else is its schema's business.
constexpr std::array kRules = {
    Rule{"namespaces", AdmitNamespace},
    Rule{"secrets", AdmitSecret},
    Rule{"configmaps", AdmitConfigMap},
    Rule{"tasks.noizy.dev", AdmitTask},
    Rule{"customresourcedefinitions.apiextensions.k8s.io", AdmitDefinition},
    Rule{"roles.rbac.authorization.k8s.io", AdmitRole},
    Rule{"clusterroles.rbac.authorization.k8s.io", AdmitRole},
    Rule{"rolebindings.rbac.authorization.k8s.io", AdmitRoleBinding},
    Rule{"clusterrolebindings.rbac.authorization.k8s.io", AdmitRoleBinding},
};

}  // namespace

Status Admit(const AdmissionRequest& request) {
  const std::string resource = request.kind.Resource();
  for (const Rule& rule : kRules) {
    if (rule.resource == resource) return rule.admit(request);
  }
  return Status::Ok();
}

}  // namespace noizy::apiserver
