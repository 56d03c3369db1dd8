// Makes Tasks when their schedules say so.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controllers/task_schedule/decide.h"
#include "kinds/task.h"
#include "kinds/taskschedule.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/controller/informer.h"
#include "machinery/controller/reconciler.h"

namespace noizy::task_schedule {

/// Reads TaskSchedules, Tasks and time zones, writes the first two. The context outlives it;
/// executor thread only.
class TaskScheduleReconciler final : public Reconciler {
 public:
  explicit TaskScheduleReconciler(const ControllerContext& context);

  std::string_view name() const override { return "task-schedule"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Observed Gather(const TaskSchedule& schedule) const;
  Status Act(const TaskSchedule& schedule, const Plan& plan);
  Status Create(const TaskSchedule& schedule, const std::string& task);

  const Client& client_;
  const Clock& clock_;
  EventRecorder& events_;
  const Lister<TaskSchedule>& schedules_;
  const Lister<Task>& tasks_;
};

/// What the controller watches.
void Register(Controller& controller);
/// The reconciler with its registrations, ready to Start.
std::unique_ptr<Controller> MakeController(const ControllerContext& context);

}  // namespace noizy::task_schedule
