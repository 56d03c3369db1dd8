#include "controllers/resource_quota/reconciler.h"

#include "controllers/resource_quota/decide.h"
#include "machinery/controller/object_writes.h"

namespace noizy::resource_quota {

ResourceQuotaReconciler::ResourceQuotaReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      quotas_(context.informers.Get<ResourceQuota>().lister()),
      tasks_(context.informers.Get<Task>().lister()) {}

Result<Requeue> ResourceQuotaReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto quota = quotas_.Get(key);
  if (!quota || quota->metadata.BeingDeleted()) {
    counted_.erase(key);
    return Requeue::None();
  }
  const MonotonicTime now = clock_.Monotonic();
  const auto last = counted_.find(key);
  if (last != counted_.end() && now - last->second < kLeastPause)
    return Requeue::After(last->second + kLeastPause - now);
  // Gather, Decide
  const ResourceQuotaStatus next = Decide(*quota, TasksOf(key.ns));
  // Act
  if (next == quota->status) return Requeue::None();
  counted_[key] = now;
  const Status written = PatchStatus(client_, *quota, next, name());
  if (written.reason() == StatusReason::kNotFound) return Requeue::None();
  if (!written.ok()) return written;
  return Requeue::None();
}

std::vector<ObjectKey> ResourceQuotaReconciler::QuotasOf(const std::string& ns) const {
  std::vector<ObjectKey> keys;
  for (const auto& [key, quota] : quotas_.All()) {
    if (key.ns == ns) keys.push_back(key);
  }
  return keys;
}

std::vector<std::shared_ptr<const Task>> ResourceQuotaReconciler::TasksOf(
    const std::string& ns) const {
  std::vector<std::shared_ptr<const Task>> tasks;
  for (const auto& [key, task] : tasks_.All()) {
    if (key.ns == ns) tasks.push_back(task);
  }
  return tasks;
}

void Register(Controller& controller) {
  controller.For<ResourceQuota>();
  auto& reconciler = static_cast<ResourceQuotaReconciler&>(controller.reconciler());
  controller.Watches<Task>(
      [&reconciler](const Task& task) { return reconciler.QuotasOf(task.metadata.ns); });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<ResourceQuotaReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::resource_quota
