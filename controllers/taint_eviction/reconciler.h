// Asks Tasks to leave nodes that expel them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "controllers/taint_eviction/decide.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::taint_eviction {

/// Reads Tasks and Nodes, writes Tasks' status. The context outlives it; executor thread only.
class TaintEvictionReconciler final : public Reconciler {
 public:
  explicit TaintEvictionReconciler(const ControllerContext& context);

  std::string_view name() const override { return "taint-eviction"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Observed Gather(const Task& task, const Node& node);
  Status Act(const Task& task, const std::string& taint);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  /// When a taint that does not tell was first seen: by node, then by key and value.
  std::map<std::string, std::map<std::pair<std::string, std::string>, WallTime>> first_seen_;
};

/// What the controller watches. `context` gives the lister that finds a node's Tasks.
void Register(Controller& controller, const ControllerContext& context);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::taint_eviction
