#include "controllers/task_set/reconciler.h"

#include "controllers/task_set/members.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"

namespace noizy::task_set {

TaskSetReconciler::TaskSetReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      sets_(context.informers.Get<TaskSet>().lister()),
      tasks_(context.informers.Get<Task>().lister()) {}

Result<Requeue> TaskSetReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto set = sets_.Get(key);
  if (!set) return Requeue::None();
  // Gather
  const Observed seen = Gather(*set, tasks_, clock_.Now());
  // Decide
  const Plan plan = Decide(seen);
  // Act
  NOIZY_RETURN_IF_ERROR(Act(*set, plan));
  // Report
  Report(*set, plan);
  if (plan.more) return Requeue::After(Duration::zero());
  return plan.look_again ? Requeue::After(*plan.look_again - seen.now) : Requeue::None();
}

Status TaskSetReconciler::Act(const TaskSet& set, const Plan& plan) {
  for (const std::int64_t index : plan.create) NOIZY_RETURN_IF_ERROR(Create(set, index));
  for (const std::int64_t index : plan.suspend) NOIZY_RETURN_IF_ERROR(Suspend(set, index));
  for (const std::int64_t index : plan.cancel)
    NOIZY_RETURN_IF_ERROR(Remove(ResourceOf<Task>(), KeyOfMember(set, index)));
  if (plan.summary) {
    NOIZY_RETURN_IF_ERROR(PatchStatus(client_, set, WithSummary(set, *plan.summary), name()));
  }
  return plan.remove ? Remove(ResourceOf<TaskSet>(), set.metadata.Key()) : Status::Ok();
}

Status TaskSetReconciler::Create(const TaskSet& set, std::int64_t index) {
  const Status made =
      client_.Create(ResourceOf<Task>(), set.metadata.ns, MemberOf(set, index), ManagedBy(name()))
          .status();
  // The local copy may lag behind; and a Namespace that goes takes nothing.
  if (made.reason() == StatusReason::kAlreadyExists || made.reason() == StatusReason::kNotFound)
    return Status::Ok();
  if (!made.ok()) events_.Warning(ReferenceTo(set), "FailedCreate", made.message());
  return made;
}

Status TaskSetReconciler::Suspend(const TaskSet& set, std::int64_t index) {
  const Value patch = Object{{"spec", Object{{"suspend", set.spec.suspend}}}};
  const Status written = client_
                             .Patch(ResourceOf<Task>(), KeyOfMember(set, index), PatchType::kMerge,
                                    patch, ManagedBy(name()))
                             .status();
  // One that ended or went in the meantime needs nothing.
  const bool over =
      written.reason() == StatusReason::kNotFound || written.reason() == StatusReason::kInvalid;
  return over ? Status::Ok() : written;
}

Status TaskSetReconciler::Remove(const ResourceRef& resource, const ObjectKey& key) {
  DeleteOptions options;
  options.propagation_policy = "Background";
  const Status removed = client_.Delete(resource, key, options).status();
  return removed.reason() == StatusReason::kNotFound ? Status::Ok() : removed;
}

void TaskSetReconciler::Report(const TaskSet& set, const Plan& plan) {
  if (!plan.summary || !plan.summary->completion_time) return;
  const Condition* failed = FindCondition(plan.summary->conditions, "Failed");
  if (failed != nullptr) return events_.Warning(ReferenceTo(set), "Failed", failed->message);
  const Condition* complete = FindCondition(plan.summary->conditions, "Complete");
  if (complete != nullptr) events_.Normal(ReferenceTo(set), "Completed", complete->message);
}

void Register(Controller& controller) {
  controller.For<TaskSet>();
  controller.Owns<Task>("TaskSet");
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<TaskSetReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::task_set
