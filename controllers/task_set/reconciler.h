// Keeps a TaskSet's Tasks and its status as its spec says.
#pragma once

#include <memory>
#include <string_view>

#include "controllers/task_set/decide.h"
#include "kinds/task.h"
#include "kinds/taskset.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::task_set {

/// Reads TaskSets and Tasks, writes both. The context outlives it; executor thread only.
class TaskSetReconciler final : public Reconciler {
 public:
  explicit TaskSetReconciler(const ControllerContext& context);

  std::string_view name() const override { return "task-set"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Status Act(const TaskSet& set, const Plan& plan);
  Status Create(const TaskSet& set, std::int64_t index);
  Status Suspend(const TaskSet& set, std::int64_t index);
  Status Remove(const ResourceRef& resource, const ObjectKey& key);
  void Report(const TaskSet& set, const Plan& plan);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<TaskSet>& sets_;
  const Lister<Task>& tasks_;
};

/// What the controller watches.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::task_set
