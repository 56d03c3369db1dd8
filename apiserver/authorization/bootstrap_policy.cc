#include "apiserver/authorization/bootstrap_policy.h"

#include <algorithm>

#include "apiserver/authorization/policy_rule.h"
#include "machinery/meta/meta.h"
#include "machinery/value/yaml.h"

namespace noizy::apiserver {
namespace {

// Kubernetes' user-facing roles with noizy's kinds in them: view, edit and admin are put together
// from the roles that carry their label, so that a user's own kinds can be added.
constexpr std::string_view kRolesText = R"(
metadata: {name: cluster-admin}
rules:
- {verbs: ["*"], apiGroups: ["*"], resources: ["*"]}
- {verbs: ["*"], nonResourceURLs: ["*"]}
---
metadata: {name: admin}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {rbac.authorization.k8s.io/aggregate-to-admin: "true"}}]
---
metadata:
  name: edit
  labels: {rbac.authorization.k8s.io/aggregate-to-admin: "true"}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}}]
---
metadata:
  name: view
  labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}
aggregationRule:
  clusterRoleSelectors: [{matchLabels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}}]
---
metadata:
  name: system:aggregate-to-view
  labels: {rbac.authorization.k8s.io/aggregate-to-view: "true"}
rules:
- verbs: [get, list, watch]
  apiGroups: [""]
  resources: [configmaps, events, namespaces, namespaces/status, resourcequotas,
              resourcequotas/status, serviceaccounts, services]
- {verbs: [get, list, watch], apiGroups: [events.k8s.io], resources: [events]}
- verbs: [get, list, watch]
  apiGroups: [noizy.dev]
  resources: [certificates, certificates/status, nodes, nodes/status, routingpolicies,
              routingpolicies/status, tasks, tasks/log, tasks/status, taskschedules,
              taskschedules/status, tasksets, tasksets/status]
---
metadata:
  name: system:aggregate-to-edit
  labels: {rbac.authorization.k8s.io/aggregate-to-edit: "true"}
rules:
- {verbs: [get, list, watch], apiGroups: [""], resources: [secrets]}
- {verbs: [impersonate], apiGroups: [""], resources: [serviceaccounts]}
- verbs: [create, delete, deletecollection, patch, update]
  apiGroups: [""]
  resources: [configmaps, events, secrets, serviceaccounts]
- verbs: [create, delete, deletecollection, patch, update]
  apiGroups: [events.k8s.io]
  resources: [events]
- {verbs: [create], apiGroups: [""], resources: [serviceaccounts/token]}
- verbs: [create, delete, deletecollection, patch, update]
  apiGroups: [noizy.dev]
  resources: [certificates, tasks, tasks/scale, taskschedules, tasksets]
- verbs: [create, delete, deletecollection, get, list, patch, update, watch]
  apiGroups: [coordination.k8s.io]
  resources: [leases]
---
metadata:
  name: system:aggregate-to-admin
  labels: {rbac.authorization.k8s.io/aggregate-to-admin: "true"}
rules:
- {verbs: [create], apiGroups: [authorization.k8s.io], resources: [localsubjectaccessreviews]}
- verbs: [create, delete, deletecollection, get, list, patch, update, watch]
  apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings, roles]
---
metadata: {name: system:basic-user}
rules:
- verbs: [create]
  apiGroups: [authorization.k8s.io]
  resources: [selfsubjectaccessreviews, selfsubjectrulesreviews]
- {verbs: [create], apiGroups: [authentication.k8s.io], resources: [selfsubjectreviews]}
- {verbs: [post], nonResourceURLs: [/noizy/v1/transactions]}
---
metadata: {name: system:discovery}
rules:
- verbs: [get]
  nonResourceURLs: [/api, /api/*, /apis, /apis/*, /healthz, /livez, /openapi, /openapi/*, /readyz,
                    /version, /version/]
---
metadata: {name: system:public-info-viewer}
rules:
- verbs: [get]
  nonResourceURLs: [/healthz, /healthz/*, /livez, /livez/*, /readyz, /readyz/*, /version, /version/,
                    /noizy/v1/ca, /noizy/v1/crl]
---
metadata: {name: system:auth-delegator}
rules:
- {verbs: [create], apiGroups: [authentication.k8s.io], resources: [tokenreviews]}
- {verbs: [create], apiGroups: [authorization.k8s.io], resources: [subjectaccessreviews]}
---
metadata: {name: system:monitoring}
rules:
- verbs: [get]
  nonResourceURLs: [/metrics, /metrics/*, /healthz, /healthz/*, /livez, /livez/*, /readyz, /readyz/*]
---
metadata: {name: system:node}
rules:
- {verbs: [get, list, watch], apiGroups: [noizy.dev], resources: [nodes, tasks]}
- {verbs: [get, patch, update], apiGroups: [noizy.dev], resources: [nodes/status, tasks/status]}
- {verbs: [create, delete, get, patch, update], apiGroups: [coordination.k8s.io], resources: [leases]}
- {verbs: [create, patch, update], apiGroups: ["", events.k8s.io], resources: [events]}
)";

// system:node is given to nobody: nodes get its rights for what is theirs (node_rule.h).
constexpr std::string_view kBindingsText = R"(
metadata: {name: cluster-admin}
subjects: [{kind: Group, name: "system:masters"}]
---
metadata: {name: system:basic-user}
subjects: [{kind: Group, name: "system:authenticated"}]
---
metadata: {name: system:discovery}
subjects: [{kind: Group, name: "system:authenticated"}]
---
metadata: {name: system:public-info-viewer}
subjects:
- {kind: Group, name: "system:authenticated"}
- {kind: Group, name: "system:unauthenticated"}
---
metadata: {name: system:monitoring}
subjects: [{kind: Group, name: "system:monitoring"}]
)";

constexpr std::string_view kApiVersion = "rbac.authorization.k8s.io/v1";

Value Labelled(std::string_view kind, Value object) {
  Object out{{"apiVersion", kApiVersion}, {"kind", kind}};
  for (auto& member : object.get_object()) out.emplace(member.key(), std::move(member.value()));
  Value whole(std::move(out));
  Set(whole, {"metadata", "labels", "kubernetes.io/bootstrapping"}, "rbac-defaults");
  Set(whole, {"metadata", "annotations", kAutoUpdateAnnotation}, "true");
  return whole;
}

// A binding is named as its role.
Value Bound(Value binding) {
  binding = Labelled("ClusterRoleBinding", std::move(binding));
  for (Value& subject : Ensure(binding, {"subjects"}).get_array())
    Set(subject, {"apiGroup"}, "rbac.authorization.k8s.io");
  binding.get_object().emplace("roleRef", Object{{"apiGroup", "rbac.authorization.k8s.io"},
                                                 {"kind", "ClusterRole"},
                                                 {"name", NameOf(binding)}});
  return binding;
}

// Appends those elements of `wanted` that `current` lacks.
bool AddMissing(const Value& wanted, Value& current, std::string_view member) {
  const Array* items = ArrayAt(wanted, {member});
  if (items == nullptr) return false;
  Value& place = Ensure(current, {member});
  if (!place.is_array()) place = Array();
  bool changed = false;
  for (const Value& item : *items) {
    Array& have = place.get_array();
    if (std::ranges::any_of(have, [&](const Value& one) { return Equal(one, item); })) continue;
    have.push_back(item);
    changed = true;
  }
  return changed;
}

// What one's rules do not cover of the other's is added as rules of its own.
bool AddMissingRules(const Value& wanted, Value& current) {
  if (Find(wanted, {"aggregationRule"}) != nullptr) return false;  // follows its labels
  const PolicyRules missing = NotCovered(RulesOf(current), RulesOf(wanted));
  if (missing.empty()) return false;
  Value& rules = Ensure(current, {"rules"});
  if (!rules.is_array()) rules = Array();
  for (const PolicyRule& rule : missing) rules.get_array().push_back(RuleToValue(rule));
  return true;
}

bool AddMissingLabels(const Value& wanted, Value& current) {
  const Object* labels = ObjectAt(wanted, {"metadata", "labels"});
  if (labels == nullptr) return false;
  bool changed = false;
  for (const auto& [key, value] : *labels) {
    const std::string_view name(key.data(), key.size());
    if (Find(current, {"metadata", "labels", name}) != nullptr) continue;
    Set(current, {"metadata", "labels", name}, value);
    changed = true;
  }
  return changed;
}

}  // namespace

Result<std::vector<Value>> BootstrapPolicy() {
  std::vector<Value> objects;
  NOIZY_ASSIGN_OR_RETURN(std::vector<YamlDocument> roles, ParseYaml(kRolesText));
  for (YamlDocument& role : roles)
    objects.push_back(Labelled("ClusterRole", std::move(role.value)));
  NOIZY_ASSIGN_OR_RETURN(std::vector<YamlDocument> bindings, ParseYaml(kBindingsText));
  for (YamlDocument& binding : bindings) objects.push_back(Bound(std::move(binding.value)));
  return objects;
}

std::optional<Value> Reconciled(const Value& wanted, const Value& current) {
  if (AnnotationOf(current, kAutoUpdateAnnotation) == "false") return std::nullopt;
  Value next = current;
  bool changed = AddMissingRules(wanted, next);
  changed = AddMissing(wanted, next, "subjects") || changed;
  changed = AddMissingLabels(wanted, next) || changed;
  if (const Value* aggregation = Find(wanted, {"aggregationRule"});
      aggregation != nullptr && Find(next, {"aggregationRule"}) == nullptr) {
    Set(next, {"aggregationRule"}, *aggregation);
    changed = true;
  }
  return changed ? std::optional(std::move(next)) : std::nullopt;
}

}  // namespace noizy::apiserver
