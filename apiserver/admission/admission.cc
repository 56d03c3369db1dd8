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
    Rule{"events", AdmitEvent},
    Rule{"events.events.k8s.io", AdmitRecordedEvent},
    Rule{"tasks.noizy.dev", AdmitTask},
    Rule{"certificates.noizy.dev", AdmitCertificate},
    Rule{"certificatesigningrequests.certificates.k8s.io", AdmitSigningRequest},
    Rule{"tasksets.noizy.dev", AdmitTaskTemplate},
    Rule{"taskschedules.noizy.dev", AdmitTaskTemplate},
    Rule{"customresourcedefinitions.apiextensions.k8s.io", AdmitDefinition},
    Rule{"roles.rbac.authorization.k8s.io", AdmitRole},
    Rule{"clusterroles.rbac.authorization.k8s.io", AdmitRole},
    Rule{"rolebindings.rbac.authorization.k8s.io", AdmitRoleBinding},
    Rule{"clusterrolebindings.rbac.authorization.k8s.io", AdmitRoleBinding},
};

constexpr std::array<std::string_view, 3> kImmortalNamespaces{"default", "kube-system",
                                                              "noizy-system"};

}  // namespace

Status AdmitDeletion(const Kind& kind, std::string_view name) {
  const bool immortal = kind.Resource() == "namespaces" &&
                        std::ranges::find(kImmortalNamespaces, name) != kImmortalNamespaces.end();
  if (!immortal) return Status::Ok();
  StatusDetails details;
  details.name = name;
  details.kind = "namespaces";
  return Forbidden("namespaces \"" + std::string(name) +
                   "\" is forbidden: this namespace may not be deleted")
      .WithDetails(std::move(details));
}

void MarkTerminating(const Kind& kind, Value& object) {
  if (kind.Resource() == "namespaces") Set(object, {"status", "phase"}, "Terminating");
}

Status Admit(const AdmissionRequest& request) {
  const std::string resource = request.kind.Resource();
  for (const Rule& rule : kRules) {
    if (rule.resource == resource) return rule.admit(request);
  }
  return Status::Ok();
}

}  // namespace noizy::apiserver
