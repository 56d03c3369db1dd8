// Leads each Task through its life: holding back, retrying, failing over, cancelling, removing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "controllers/task/task_state.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::task_controller {

/// Reads Tasks and Nodes, writes Tasks' status and finalizer, deletes Tasks. The context outlives
/// it; executor thread only.
class TaskReconciler final : public Reconciler {
 public:
  explicit TaskReconciler(const ControllerContext& context);

  std::string_view name() const override { return "task"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Result<Observed> Gather(const ObjectKey& key, const Task& task);
  /// Whether what the local copy says of the open attempt's node may be out of date.
  bool NeedsALook(const Observed& observed, const Attempt& open) const;
  Status Act(const Task& task, const Plan& plan);
  Status Remove(const Task& task);
  void Report(const Task& task, const Plan& plan);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  /// The uid and phase of every Task as last seen, so that what agents' reports changed is told
  /// once. Lost on a restart, on purpose.
  std::map<ObjectKey, std::pair<std::string, Phase>> seen_;
};

/// What the controller watches. `context` gives the lister that finds the Tasks a change concerns.
void Register(Controller& controller, const ControllerContext& context);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::task_controller
