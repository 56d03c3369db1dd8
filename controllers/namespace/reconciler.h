// Empties Namespaces that are being deleted, then lets them go.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controllers/namespace/decide.h"
#include "kinds/namespace.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/client/discovery.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::namespace_controller {

/// Reads Namespaces and, of those being deleted, the metadata of all they hold; deletes that,
/// writes the Namespace's status and finalizer. The context outlives it; executor thread only.
class NamespaceReconciler final : public Reconciler {
 public:
  explicit NamespaceReconciler(const ControllerContext& context);

  std::string_view name() const override { return "namespace"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Observed Gather(const Namespace& object);
  Result<Content> ListContent(const ResourceRef& resource, const std::string& ns);
  /// What could not be deleted, and why.
  std::vector<std::string> Empty(const std::vector<ResourceRef>& resources, const std::string& ns);
  Status Report(const Namespace& object, const NamespaceStatus& status);
  Status Finalize(const Namespace& object);

  const Client& client_;
  const Clock& clock_;
  const Lister<Namespace>& namespaces_;
};

/// The whole controller, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::namespace_controller
