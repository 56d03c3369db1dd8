#include "controllers/routing_policy/reconciler.h"

#include <utility>

#include "kinds/secret.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/value/base64.h"

namespace noizy::routing_policy {

RoutingPolicyReconciler::RoutingPolicyReconciler(const ControllerContext& context,
                                                 std::shared_ptr<ModelAdvisor> advisor,
                                                 Environment environment)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      policies_(context.informers.Get<RoutingPolicy>().lister()),
      advisor_(std::move(advisor)),
      environment_(std::move(environment)) {}

Result<Requeue> RoutingPolicyReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto policy = policies_.Get(key);
  if (!policy || policy->metadata.BeingDeleted()) {
    advisor_->Forget(key.name);
    told_.erase(key.name);
    return Requeue::None();
  }
  // Gather
  const WallTime now = clock_.Now();
  const bool asks = AsksModels(policy->spec);
  const Models models = asks ? Gather(*policy) : Models{};
  if (asks) advisor_->Serve(*policy, models, SpentBy(policy->status, now));
  const Observed seen{models.problems, advisor_->FiguresOf(key.name), told_[key.name], now};
  // Decide
  const Decision decision = Decide(*policy, seen);
  // Act, Report
  NOIZY_RETURN_IF_ERROR(PatchStatus(client_, *policy, decision.status, name()));
  told_[key.name] = seen.figures;
  for (const Notice& notice : decision.notices)
    events_.Warning(ReferenceTo(*policy), notice.reason, notice.message);
  return Requeue::After(kLookAgain);
}

Models RoutingPolicyReconciler::Gather(const RoutingPolicy& policy) const {
  const KeySource keys{[this](const RoutingSecretKeyRef& ref) { return ReadKey(ref); },
                       environment_};
  return ModelsOf(policy.spec.ai.value_or(RoutingAi{}), keys);
}

Result<std::string> RoutingPolicyReconciler::ReadKey(const RoutingSecretKeyRef& ref) const {
  const std::string where = "apiKey.secretKeyRef: Secret " + ref.namespace_ + "/" + ref.name;
  const Result<Secret> secret = TypedClient<Secret>(client_).Get({ref.namespace_, ref.name});
  if (!secret.ok()) return secret.status().WithContext(where);
  const auto entry = secret->data.find(ref.key);
  if (entry == secret->data.end()) return BadRequest(where + " has no key \"" + ref.key + "\"");
  Result<std::string> decoded = DecodeBase64(entry->second);
  if (!decoded.ok()) return decoded.status().WithContext(where);
  std::string key = std::move(*decoded);
  // Editors leave a line's end, which no header may carry.
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  return key;
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           std::shared_ptr<ModelAdvisor> advisor,
                                           RoutingPolicyReconciler::Environment environment) {
  auto controller = std::make_unique<Controller>(
      context, std::make_unique<RoutingPolicyReconciler>(context, std::move(advisor),
                                                         std::move(environment)));
  controller->For<RoutingPolicy>();
  return controller;
}

}  // namespace noizy::routing_policy
