// Gives the advisor every policy's models, and tells in the policy's status what came of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "controllers/routing_policy/decide.h"
#include "controllers/routing_policy/model_advisor.h"
#include "controllers/routing_policy/models.h"
#include "kinds/routingpolicy.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/reconciler.h"

namespace noizy::routing_policy {

/// How often keys are read again and figures are told: a new key counts within that time.
inline constexpr Duration kLookAgain = std::chrono::seconds(10);

/// Reads RoutingPolicies and the Secrets they name, writes RoutingPolicies' status. The context
/// outlives it; executor thread only.
class RoutingPolicyReconciler final : public Reconciler {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string&)>;
  RoutingPolicyReconciler(const ControllerContext& context, std::shared_ptr<ModelAdvisor> advisor,
                          Environment environment);

  std::string_view name() const override { return "routing-policy"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Models Gather(const RoutingPolicy& policy) const;
  Result<std::string> ReadKey(const RoutingSecretKeyRef& ref) const;

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<RoutingPolicy>& policies_;
  const std::shared_ptr<ModelAdvisor> advisor_;
  const Environment environment_;
  /// What each policy's status counts already.
  std::map<std::string, PolicyFigures> told_;
};

/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           std::shared_ptr<ModelAdvisor> advisor,
                                           RoutingPolicyReconciler::Environment environment);

}  // namespace noizy::routing_policy
