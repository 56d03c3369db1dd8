// Keeps each Node's conditions in step with what its agent's session writes into its status.
#pragma once

#include <memory>
#include <string_view>

#include "kinds/node.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::node_lifecycle {

/// Reads Nodes, writes status.conditions. The context outlives it; executor thread only.
class NodeLifecycleReconciler final : public Reconciler {
 public:
  explicit NodeLifecycleReconciler(const ControllerContext& context);

  std::string_view name() const override { return "node-lifecycle"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Node>& nodes_;
};

/// What the controller watches.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::node_lifecycle
