// Keeps the status of ResourceQuotas in step with the Tasks of their namespaces.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "kinds/resourcequota.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::resource_quota {

/// A quota is counted again after this long at the soonest: a namespace may start thousands of
/// Tasks a second, and its quota is looked at by people.
inline constexpr Duration kLeastPause = std::chrono::milliseconds(250);

/// Reads ResourceQuotas and Tasks, writes the quotas' status. The context outlives it; executor
/// thread only.
class ResourceQuotaReconciler final : public Reconciler {
 public:
  explicit ResourceQuotaReconciler(const ControllerContext& context);

  std::string_view name() const override { return "resource-quota"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

  /// The quotas of a namespace.
  std::vector<ObjectKey> QuotasOf(const std::string& ns) const;

 private:
  std::vector<std::shared_ptr<const Task>> TasksOf(const std::string& ns) const;

  const Client& client_;
  const Clock& clock_;
  const Lister<ResourceQuota>& quotas_;
  const Lister<Task>& tasks_;
  std::map<ObjectKey, MonotonicTime> counted_;
};

/// What the controller watches; its reconciler is a ResourceQuotaReconciler.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::resource_quota
