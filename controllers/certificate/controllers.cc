#include "controllers/certificate/controllers.h"

#include "controllers/certificate/issue.h"
#include "controllers/certificate/next_key.h"
#include "controllers/certificate/readiness.h"
#include "controllers/certificate/request.h"
#include "controllers/certificate/revocation.h"
#include "controllers/certificate/sign.h"
#include "controllers/certificate/trigger.h"

namespace noizy::certificate {

std::vector<std::unique_ptr<Controller>> MakeControllers(
    const ControllerContext& context, const std::shared_ptr<WorkerPool>& workers) {
  std::vector<std::unique_ptr<Controller>> controllers;
  const auto add_serial = [&](std::unique_ptr<Reconciler> reconciler) {
    controllers.push_back(std::make_unique<Controller>(context, std::move(reconciler)));
    WatchSurroundings(*controllers.back(), context);
  };
  const auto add = [&](std::unique_ptr<Reconciler> reconciler) {
    add_serial(std::move(reconciler));
    controllers.back()->ReconcileAbreast(workers);
  };
  add(std::make_unique<TriggerReconciler>(context));
  add(std::make_unique<NextKeyReconciler>(context, GenerateKey));
  add(std::make_unique<RequestReconciler>(context));
  add(std::make_unique<SignReconciler>(context));
  add(std::make_unique<IssueReconciler>(context));
  add(std::make_unique<ReadinessReconciler>(context));
  add_serial(std::make_unique<RevocationReconciler>(context));  // all write one list
  return controllers;
}

}  // namespace noizy::certificate
