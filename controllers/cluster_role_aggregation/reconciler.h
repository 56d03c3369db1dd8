// Copies rules into the ClusterRoles that aggregate them.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "kinds/clusterrole.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::cluster_role_aggregation {

using Roles = std::map<ObjectKey, std::shared_ptr<const ClusterRole>>;

/// The rules of all whose labels `role` selects, by name, each once.
std::vector<ClusterRoleRules> Decide(const ClusterRole& role, const Roles& all);

/// The context outlives it; executor thread only.
class AggregationReconciler final : public Reconciler {
 public:
  explicit AggregationReconciler(const ControllerContext& context);

  std::string_view name() const override { return "cluster-role-aggregation"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;
  /// Those that any change of a role may concern.
  std::vector<ObjectKey> Aggregating() const;

 private:
  const Client& client_;
  const Lister<ClusterRole>& roles_;
};

/// What the controller watches.
void Register(Controller& controller, const AggregationReconciler& reconciler);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::cluster_role_aggregation
