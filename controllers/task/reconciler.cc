#include "controllers/task/reconciler.h"

#include <algorithm>
#include <vector>

#include "controllers/task/decide.h"
#include "controllers/task/gather.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"

namespace noizy::task_controller {
namespace {

std::vector<ObjectKey> TasksOn(const Lister<Task>& tasks, const std::string& node) {
  std::vector<ObjectKey> keys;
  for (const auto& [key, task] : tasks.All()) {
    if (task->status.node_name == node && !IsFinished(PhaseFrom(task->status.phase)))
      keys.push_back(key);
  }
  return keys;
}

/// The Tasks that wait for `task`: of interest once it has ended, or is gone.
std::vector<ObjectKey> DependentsOf(const Lister<Task>& tasks, const Task& task) {
  std::vector<ObjectKey> keys;
  const auto& all = tasks.All();
  for (auto entry = all.lower_bound({task.metadata.ns, ""});
       entry != all.end() && entry->first.ns == task.metadata.ns; ++entry) {
    const auto& names = entry->second->spec.depends_on;
    if (std::find(names.begin(), names.end(), task.metadata.name) != names.end())
      keys.push_back(entry->first);
  }
  return keys;
}

}  // namespace

TaskReconciler::TaskReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      tasks_(context.informers.Get<Task>().lister()),
      nodes_(context.informers.Get<Node>().lister()) {}

Result<Requeue> TaskReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto task = tasks_.Get(key);
  if (!task) {
    seen_.erase(key);
    return Requeue::None();
  }
  // Gather
  NOIZY_ASSIGN_OR_RETURN(const Observed observed, Gather(key, *task));
  // Decide
  const Plan plan = Decide(observed);
  // Act
  const Status done = Act(*task, plan);
  if (done.reason() == StatusReason::kNotFound) return Requeue::None();
  NOIZY_RETURN_IF_ERROR(done);
  // Report
  Report(*task, plan);
  seen_[key] = {task->metadata.uid, plan.state ? plan.state->phase : observed.state.phase};
  return plan.look_again ? Requeue::After(*plan.look_again - observed.now) : Requeue::None();
}

bool TaskReconciler::NeedsALook(const Observed& observed, const Attempt& open) const {
  if (observed.node == NodeState::kGone) return true;
  const auto node = nodes_.Get({"", open.node_name});
  return observed.node == NodeState::kLost && node && open.lease_epoch > node->status.lease->epoch;
}

Result<Observed> TaskReconciler::Gather(const ObjectKey& key, const Task& task) {
  Observed observed = task_controller::Gather(task, tasks_, nodes_, clock_.Now());
  const auto before = seen_.find(key);
  if (before != seen_.end() && before->second.first == task.metadata.uid)
    observed.phase_before = before->second.second;
  const Attempt* open = observed.state.OpenAttempt();
  if (open == nullptr || !NeedsALook(observed, *open)) return observed;
  // Kinds are watched apart, so a Node, or its new lease, may be known later than the Task bound to
  // it. Giving an attempt up wants to be sure.
  const Result<Node> node = TypedClient<Node>(client_).Get({"", open->node_name});
  if (!node.ok() && node.status().reason() != StatusReason::kNotFound) return node.status();
  SetNode(observed, node.ok() ? &*node : nullptr);
  return observed;
}

Status TaskReconciler::Act(const Task& task, const Plan& plan) {
  if (plan.state) {
    TaskStatus next = WithState(task.status, *plan.state);
    next.observed_generation = task.metadata.generation;
    NOIZY_RETURN_IF_ERROR(PatchStatus(client_, task, next, name()));
  }
  switch (plan.object) {
    case Plan::Object::kKeep:
      return Status::Ok();
    case Plan::Object::kRemoveFinalizer:
      return RemoveFinalizer(client_, task, kTaskFinalizer, name());
    case Plan::Object::kDelete:
      return Remove(task);
  }
  return Status::Ok();
}

Status TaskReconciler::Remove(const Task& task) {
  DeleteOptions options;
  options.uid = task.metadata.uid;  // guards a new Task of the same name
  options.propagation_policy = "Background";
  return client_.Delete(ResourceOf<Task>(), task.metadata.Key(), options).status();
}

void TaskReconciler::Report(const Task& task, const Plan& plan) {
  for (const Note& note : plan.events) {
    events_.Record(note.warning ? EventRecorder::Type::kWarning : EventRecorder::Type::kNormal,
                   ReferenceTo(task), note.reason, note.message);
  }
}

void Register(Controller& controller, const ControllerContext& context) {
  const Lister<Task>& tasks = context.informers.Get<Task>().lister();
  controller.For<Task>();
  controller.Watches<Task>([&tasks](const Task& task) {
    return IsFinished(PhaseFrom(task.status.phase)) ? DependentsOf(tasks, task)
                                                    : std::vector<ObjectKey>();
  });
  controller.Watches<Node>(
      [&tasks](const Node& node) { return TasksOn(tasks, node.metadata.name); });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<TaskReconciler>(context));
  Register(*controller, context);
  return controller;
}

}  // namespace noizy::task_controller
