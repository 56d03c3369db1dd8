#include "controllers/service_account/reconciler.h"

#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"

namespace noizy::service_account {

bool Decide(const Namespace* ns, const ServiceAccount* account) {
  return ns != nullptr && !ns->metadata.BeingDeleted() && account == nullptr;
}

ServiceAccountReconciler::ServiceAccountReconciler(const ControllerContext& context)
    : client_(context.client),
      namespaces_(context.informers.Get<Namespace>().lister()),
      accounts_(context.informers.Get<ServiceAccount>().lister()) {}

Result<Requeue> ServiceAccountReconciler::Reconcile(const ObjectKey& key) {
  // Read, Gather, Decide
  const auto ns = namespaces_.Get(key);
  const auto account = accounts_.Get({key.name, std::string(kDefaultName)});
  if (!Decide(ns.get(), account.get())) return Requeue::None();
  // Act
  ServiceAccount made;
  made.metadata.ns = key.name;
  made.metadata.name = kDefaultName;
  const Status status =
      TypedClient<ServiceAccount>(client_).Create(made, ManagedBy(name())).status();
  // The cache may lag behind what is there; and a Namespace that has just begun to go takes nothing.
  const bool settled = status.ok() || status.reason() == StatusReason::kAlreadyExists ||
                       status.reason() == StatusReason::kNotFound ||
                       status.reason() == StatusReason::kForbidden;
  if (!settled) return status;
  return Requeue::None();
}

void Register(Controller& controller) {
  controller.For<Namespace>();
  controller.Watches<ServiceAccount>([](const ServiceAccount& account) -> std::vector<ObjectKey> {
    if (account.metadata.name != kDefaultName) return {};
    return {{"", account.metadata.ns}};
  });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<ServiceAccountReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::service_account
