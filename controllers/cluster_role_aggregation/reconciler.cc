#include "controllers/cluster_role_aggregation/reconciler.h"

#include <algorithm>

#include "machinery/controller/object_writes.h"
#include "machinery/meta/selector.h"

namespace noizy::cluster_role_aggregation {
namespace {

bool Selects(const ClusterRole& role, const ClusterRole& other) {
  if (other.metadata.name == role.metadata.name) return false;
  const KeyValues labels(other.metadata.labels.begin(), other.metadata.labels.end());
  return std::ranges::any_of(role.aggregation_rule->cluster_role_selectors,
                             [&](const ClusterRoleSelector& wanted) {
                               const Result<Selector> selector =
                                   LabelSelectorOf(WriteStruct(wanted));
                               return selector.ok() && selector->Matches(labels);
                             });
}

Value RulesPatch(const ClusterRole& seen, const std::vector<ClusterRoleRules>& rules) {
  Array items;
  for (const ClusterRoleRules& rule : rules) items.push_back(WriteStruct(rule));
  return Object{{"metadata", Object{{"resourceVersion", seen.metadata.resource_version}}},
                {"rules", std::move(items)}};
}

}  // namespace

std::vector<ClusterRoleRules> Decide(const ClusterRole& role, const Roles& all) {
  std::vector<ClusterRoleRules> rules;
  if (!role.aggregation_rule) return role.rules;
  for (const auto& [key, other] : all) {
    if (!Selects(role, *other)) continue;
    for (const ClusterRoleRules& rule : other->rules) {
      if (std::ranges::find(rules, rule) == rules.end()) rules.push_back(rule);
    }
  }
  return rules;
}

AggregationReconciler::AggregationReconciler(const ControllerContext& context)
    : client_(context.client), roles_(context.informers.Get<ClusterRole>().lister()) {}

Result<Requeue> AggregationReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather
  const auto role = roles_.Get(key);
  if (!role || role->metadata.BeingDeleted()) return Requeue::None();
  // Decide
  const std::vector<ClusterRoleRules> rules = Decide(*role, roles_.All());
  if (rules == role->rules) return Requeue::None();
  // Act
  const Status written = client_
                             .Patch(ResourceOf<ClusterRole>(), key, PatchType::kMerge,
                                    RulesPatch(*role, rules), ManagedBy(name()))
                             .status();
  if (!written.ok() && written.reason() != StatusReason::kNotFound) return written;
  return Requeue::None();
}

std::vector<ObjectKey> AggregationReconciler::Aggregating() const {
  std::vector<ObjectKey> keys;
  for (const auto& [key, role] : roles_.All()) {
    if (role->aggregation_rule) keys.push_back(key);
  }
  return keys;
}

void Register(Controller& controller, const AggregationReconciler& reconciler) {
  controller.For<ClusterRole>();
  controller.Watches<ClusterRole>(
      [&reconciler](const ClusterRole&) { return reconciler.Aggregating(); });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto reconciler = std::make_unique<AggregationReconciler>(context);
  const AggregationReconciler& registered = *reconciler;
  auto controller = std::make_unique<Controller>(context, std::move(reconciler));
  Register(*controller, registered);
  return controller;
}

}  // namespace noizy::cluster_role_aggregation
