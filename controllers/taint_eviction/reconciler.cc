#include "controllers/taint_eviction/reconciler.h"

#include <vector>

#include "machinery/controller/object_writes.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::taint_eviction {

using scheduling::HoldsResources;
using scheduling::kDisruptionTarget;

TaintEvictionReconciler::TaintEvictionReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      tasks_(context.informers.Get<Task>().lister()),
      nodes_(context.informers.Get<Node>().lister()) {}

Result<Requeue> TaintEvictionReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto task = tasks_.Get(key);
  if (!task || !HoldsResources(*task) || task->metadata.BeingDeleted() ||
      IsConditionTrue(task->status.conditions, kDisruptionTarget))
    return Requeue::None();
  const auto node = nodes_.Get({"", task->status.node_name});
  if (!node) return Requeue::None();
  // Gather
  const Observed seen = Gather(*task, *node);
  // Decide
  const Plan plan = Decide(seen);
  // Act, Report
  if (plan.leave_for) NOIZY_RETURN_IF_ERROR(Act(*task, *plan.leave_for));
  return plan.look_again ? Requeue::After(*plan.look_again - seen.now) : Requeue::None();
}

Observed TaintEvictionReconciler::Gather(const Task& task, const Node& node) {
  Observed seen;
  seen.now = clock_.Now();
  auto& known = first_seen_[node.metadata.name];
  auto still_there = std::exchange(known, {});
  for (const kinds::Taint& taint : node.spec.taints) {
    if (taint.effect != "NoExecute") continue;
    const std::pair key{taint.key, taint.value};
    const auto before = still_there.find(key);
    const WallTime first = before == still_there.end() ? seen.now : before->second;
    known.emplace(key, first);
    seen.taints.push_back({{taint.key, taint.value, scheduling::TaintEffect::kNoExecute},
                           ParseTime(taint.time_added).ValueOr(WallTime(first))});
  }
  if (known.empty()) first_seen_.erase(node.metadata.name);
  for (const kinds::Toleration& toleration : task.spec.tolerations) {
    BorneToleration borne{scheduling::TolerationOf(toleration), {}};
    if (toleration.toleration_seconds)
      borne.bears = std::chrono::seconds(*toleration.toleration_seconds);
    seen.tolerations.push_back(std::move(borne));
  }
  return seen;
}

Status TaintEvictionReconciler::Act(const Task& task, const std::string& taint) {
  const std::string message =
      "Node " + task.status.node_name + " has the taint " + taint + ", which expels the Task";
  TaskStatus next = task.status;
  SetCondition(next.conditions,
               Condition{std::string(kDisruptionTarget),
                         "True",
                         "TaintEviction",
                         message,
                         {},
                         task.metadata.generation},
               FormatTime(clock_.Now()));
  const Status written = PatchStatus(client_, task, next, name());
  if (written.reason() == StatusReason::kNotFound) return Status::Ok();
  if (written.ok()) events_.Warning(ReferenceTo(task), "TaintEviction", message);
  return written;
}

void Register(Controller& controller, const ControllerContext& context) {
  const Lister<Task>& tasks = context.informers.Get<Task>().lister();
  controller.For<Task>();
  controller.Watches<Node>([&tasks](const Node& node) {
    std::vector<ObjectKey> keys;
    for (const auto& [key, task] : tasks.All()) {
      if (task->status.node_name == node.metadata.name && HoldsResources(*task))
        keys.push_back(key);
    }
    return keys;
  });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<TaintEvictionReconciler>(context));
  Register(*controller, context);
  return controller;
}

}  // namespace noizy::taint_eviction
