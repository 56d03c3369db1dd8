#include "controllers/task_schedule/reconciler.h"

#include <algorithm>

#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/time.h"

namespace noizy::task_schedule {
namespace {

std::optional<std::int64_t> SecondsOf(const std::string& text) {
  const Result<WallTime> time = ParseTime(text);
  if (!time.ok()) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count();
}

WallTime TimeOf(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

State StateOf(const Task& task) {
  if (task.status.phase == "Succeeded") return State::kSucceeded;
  const bool failed = task.status.phase == "Failed" || task.status.phase == "Cancelled";
  return failed ? State::kFailed : State::kActive;
}

bool IsOwned(const Task& task, const TaskSchedule& schedule) {
  const auto& owners = task.metadata.owner_references;
  return std::any_of(owners.begin(), owners.end(), [&](const OwnerReference& owner) {
    return owner.controller && owner.uid == schedule.metadata.uid;
  });
}

void GatherPolicy(const TaskScheduleSpec& spec, Observed& seen) {
  seen.concurrency = spec.concurrency_policy == "Forbid"    ? Concurrency::kForbid
                     : spec.concurrency_policy == "Replace" ? Concurrency::kReplace
                                                            : Concurrency::kAllow;
  seen.missed = spec.missed_run_policy == "Skip" ? Missed::kSkip : Missed::kRunLast;
  seen.starting_deadline = spec.starting_deadline_seconds;
  seen.suspend = spec.suspend;
  seen.keep_succeeded = static_cast<std::size_t>(spec.successful_tasks_history_limit);
  seen.keep_failed = static_cast<std::size_t>(spec.failed_tasks_history_limit);
}

void GatherCalendar(const TaskScheduleSpec& spec, Observed& seen) {
  const Result<Cron> cron = Cron::Parse(spec.schedule);
  const Result<TimeZone> zone = LoadTimeZone(spec.time_zone);
  if (!cron.ok()) seen.fault = cron.status().message();
  if (cron.ok() && !zone.ok()) seen.fault = zone.status().message();
  if (!seen.fault.empty()) return;
  seen.cron = *cron;
  seen.zone = *zone;
}

TaskScheduleStatus WithSummary(const TaskSchedule& schedule, const Summary& summary) {
  TaskScheduleStatus status = schedule.status;
  status.conditions = summary.conditions;
  status.observed_generation = schedule.metadata.generation;
  status.active = summary.active;
  status.last_task = summary.last_task;
  if (summary.last_time) status.last_schedule_time = FormatTime(TimeOf(*summary.last_time));
  return status;
}

Value TaskOf(const TaskSchedule& schedule, const std::string& name) {
  ObjectMeta metadata;
  metadata.ns = schedule.metadata.ns;
  metadata.name = name;
  metadata.labels = schedule.spec.template_.metadata.labels;
  metadata.annotations = schedule.spec.template_.metadata.annotations;
  metadata.labels["noizy.dev/task-schedule"] = schedule.metadata.name;
  metadata.owner_references = {
      {"noizy.dev/v1", "TaskSchedule", schedule.metadata.name, schedule.metadata.uid, true, true}};
  return Object{{"apiVersion", "noizy.dev/v1"},
                {"kind", "Task"},
                {"metadata", metadata.ToValue()},
                {"spec", schedule.spec.template_.spec}};
}

}  // namespace

TaskScheduleReconciler::TaskScheduleReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      schedules_(context.informers.Get<TaskSchedule>().lister()),
      tasks_(context.informers.Get<Task>().lister()) {}

Result<Requeue> TaskScheduleReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto schedule = schedules_.Get(key);
  if (!schedule) return Requeue::None();
  // Gather
  const WallTime now = clock_.Now();
  const Observed seen = Gather(*schedule);
  // Decide
  const Plan plan = Decide(seen);
  // Act
  NOIZY_RETURN_IF_ERROR(Act(*schedule, plan));
  // Report
  if (plan.create) events_.Normal(ReferenceTo(*schedule), "Created", "Made Task " + *plan.create);
  if (!plan.skipped.empty()) events_.Warning(ReferenceTo(*schedule), "Skipped", plan.skipped);
  if (!plan.look_again) return Requeue::None();
  return Requeue::After(std::max(Duration::zero(), TimeOf(*plan.look_again) - now));
}

Observed TaskScheduleReconciler::Gather(const TaskSchedule& schedule) const {
  Observed seen;
  seen.now = std::chrono::floor<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
  seen.created = SecondsOf(schedule.metadata.creation_timestamp).value_or(seen.now);
  seen.generation = schedule.metadata.generation;
  seen.being_deleted = schedule.metadata.BeingDeleted();
  seen.name = schedule.metadata.name;
  GatherPolicy(schedule.spec, seen);
  GatherCalendar(schedule.spec, seen);
  const auto& all = tasks_.All();
  for (auto task = all.lower_bound({schedule.metadata.ns, schedule.metadata.name + "-"});
       task != all.end() && task->first.ns == schedule.metadata.ns &&
       task->first.name.starts_with(schedule.metadata.name + "-");
       ++task) {
    if (IsOwned(*task->second, schedule) && !task->second->metadata.BeingDeleted())
      seen.tasks[task->first.name] = StateOf(*task->second);
  }
  seen.summary = {schedule.status.conditions, schedule.status.active,
                  SecondsOf(schedule.status.last_schedule_time), schedule.status.last_task};
  return seen;
}

// The Task first: its name is the time's, so that a status that could not be written makes none
// twice.
Status TaskScheduleReconciler::Act(const TaskSchedule& schedule, const Plan& plan) {
  for (const std::string& task : plan.remove) {
    DeleteOptions options;
    options.propagation_policy = "Background";
    const Status removed =
        client_.Delete(ResourceOf<Task>(), {schedule.metadata.ns, task}, options).status();
    if (!removed.ok() && removed.reason() != StatusReason::kNotFound) return removed;
  }
  if (plan.create) NOIZY_RETURN_IF_ERROR(Create(schedule, *plan.create));
  return plan.summary ? PatchStatus(client_, schedule, WithSummary(schedule, *plan.summary), name())
                      : Status::Ok();
}

Status TaskScheduleReconciler::Create(const TaskSchedule& schedule, const std::string& task) {
  const Status made = client_
                          .Create(ResourceOf<Task>(), schedule.metadata.ns, TaskOf(schedule, task),
                                  ManagedBy(name()))
                          .status();
  if (made.reason() == StatusReason::kAlreadyExists) return Status::Ok();
  if (!made.ok()) events_.Warning(ReferenceTo(schedule), "FailedCreate", made.message());
  return made;
}

void Register(Controller& controller) {
  controller.For<TaskSchedule>();
  controller.Owns<Task>("TaskSchedule");
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<TaskScheduleReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::task_schedule
