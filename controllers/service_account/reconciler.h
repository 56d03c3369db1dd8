// Keeps a ServiceAccount `default` in every Namespace.
#pragma once

#include <memory>
#include <string_view>

#include "kinds/namespace.h"
#include "kinds/serviceaccount.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::service_account {

inline constexpr std::string_view kDefaultName = "default";

/// Whether the account is to be made. `ns` and `account` are null when there is none.
bool Decide(const Namespace* ns, const ServiceAccount* account);

/// The keys are Namespaces. The context outlives it; executor thread only.
class ServiceAccountReconciler final : public Reconciler {
 public:
  explicit ServiceAccountReconciler(const ControllerContext& context);

  std::string_view name() const override { return "service-account"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  const Client& client_;
  const Lister<Namespace>& namespaces_;
  const Lister<ServiceAccount>& accounts_;
};

/// What the controller watches.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::service_account
