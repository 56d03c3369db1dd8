#include "controllers/scheduler/reconciler.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controllers/scheduler/binding.h"
#include "controllers/scheduler/gather.h"
#include "machinery/client/typed.h"
#include "machinery/controller/object_writes.h"

namespace noizy::scheduler {
namespace {

/// The write was refused, for sure: it is not in the store.
bool WasRefused(const Status& error) {
  switch (error.reason()) {
    case StatusReason::kConflict:
    case StatusReason::kNotFound:
    case StatusReason::kInvalid:
    case StatusReason::kBadRequest:
    case StatusReason::kForbidden:
    case StatusReason::kUnauthorized:
    case StatusReason::kTooManyRequests:
      return true;
    default:
      return false;
  }
}

}  // namespace

ObjectKey QueueKey() {
  return {"", "queue"};
}

SchedulerReconciler::SchedulerReconciler(const ControllerContext& context)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      tasks_(context.informers.Get<Task>().lister()),
      nodes_(context.informers.Get<Node>().lister()) {}

/// The writes of one reconcile: how many there were, and the first error.
class SchedulerReconciler::Pass {
 public:
  /// No more writes: it is the others' turn, or something is broken.
  bool Over() const { return Full() || (!first_error_.ok() && !WasRefused(first_error_)); }
  bool Full() const { return writes_ >= kWritesPerPass; }
  void Count(const Status& written) {
    ++writes_;
    // A Task that is gone needs nothing any more.
    if (first_error_.ok() && written.reason() != StatusReason::kNotFound) first_error_ = written;
  }
  const Status& first_error() const { return first_error_; }

 private:
  std::size_t writes_ = 0;
  Status first_error_;
};

Result<Requeue> SchedulerReconciler::Reconcile(const ObjectKey&) {
  // Read, Gather
  assumed_.Settle(tasks_);
  NOIZY_RETURN_IF_ERROR(AskAboutUnclear());
  const WallTime now = clock_.Now();
  Snapshot snapshot = Gather(now);
  if (snapshot.tasks.empty()) return Requeue::None();
  // Decide
  const MonotonicTime began = clock_.Monotonic();
  const Plan plan = Decide(std::move(snapshot));
  const auto latency =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Monotonic() - began);
  // Act, Report
  Pass pass;
  for (const Binding& binding : plan.bindings) {
    if (pass.Over()) break;
    pass.Count(Bind(binding, latency.count()));
  }
  for (const Unschedulable& waiting : plan.unschedulable) {
    if (pass.Over()) break;
    bool wrote = false;
    const Status written = Explain(waiting, wrote);
    if (wrote) pass.Count(written);
  }
  NOIZY_RETURN_IF_ERROR(pass.first_error());
  if (pass.Full()) return Requeue::After(Duration::zero());
  std::optional<Duration> again;
  if (!plan.unschedulable.empty()) again = kLookAgainWhileWaiting;
  if (plan.look_again) again = std::min(again.value_or(Duration::max()), *plan.look_again - now);
  return Requeue{again};
}

// A write that failed on its way may have arrived: until the store has said so, its node's
// resources may be sold.
Status SchedulerReconciler::AskAboutUnclear() {
  for (const ObjectKey& key : assumed_.Unclear()) {
    const Result<Task> task = TypedClient<Task>(client_).Get(key);
    if (!task.ok() && task.status().reason() != StatusReason::kNotFound) return task.status();
    AssumedBindings::Entry entry = assumed_.entries().at(key);
    entry.unclear = false;
    const bool arrived =
        task.ok() && task->metadata.uid == entry.uid && task->status.attempt >= entry.attempt;
    arrived ? assumed_.Add(key, std::move(entry)) : assumed_.Remove(key);
  }
  return Status::Ok();
}

Snapshot SchedulerReconciler::Gather(WallTime now) const {
  Snapshot snapshot;
  snapshot.now = now;
  std::map<std::string, std::pair<Resources, std::int64_t>> held;  // by node
  const auto hold = [&held](const std::string& node, const Resources& requests) {
    auto& [sum, tasks] = held[node];
    AddTo(sum, requests);
    ++tasks;
  };
  for (const auto& [key, task] : tasks_.All()) {
    if (HoldsResources(*task)) {
      hold(task->status.node_name, RequestsOf(*task));
    } else if (!assumed_.Has(key) && IsWaiting(*task, tasks_)) {
      snapshot.tasks.push_back(ViewOf(*task));
    }
  }
  if (snapshot.tasks.empty()) return snapshot;
  for (const auto& [key, entry] : assumed_.entries()) hold(entry.node, entry.requests);
  for (const auto& [key, node] : nodes_.All()) {
    NodeView view = ViewOf(*node);
    std::tie(view.requested, view.tasks) = held[view.name];
    snapshot.nodes.push_back(std::move(view));
  }
  return snapshot;
}

Status SchedulerReconciler::Bind(const Binding& binding, std::int64_t latency_ms) {
  const auto task = tasks_.Get(binding.task);
  if (!task) return Status::Ok();
  const TaskStatus next = Bound(*task, binding, clock_.Now(), latency_ms);
  const Status written = PatchStatus(client_, *task, next, name());
  if (WasRefused(written)) return written;
  AssumedBindings::Entry entry{task->metadata.uid, next.attempt, binding.node, RequestsOf(*task),
                               !written.ok()};
  assumed_.Add(binding.task, std::move(entry));
  if (written.ok()) events_.Normal(ReferenceTo(*task), "Scheduled", next.message);
  return written;
}

Status SchedulerReconciler::Explain(const Unschedulable& waiting, bool& wrote) {
  const auto task = tasks_.Get(waiting.task);
  if (!task) return Status::Ok();
  const TaskStatus next = Waiting(*task, waiting.message, clock_.Now());
  wrote = next != task->status;
  if (!wrote) return Status::Ok();
  NOIZY_RETURN_IF_ERROR(PatchStatus(client_, *task, next, name()));
  if (next.message != task->status.message)
    events_.Warning(ReferenceTo(*task), "FailedScheduling", waiting.message);
  return Status::Ok();
}

void Register(Controller& controller) {
  // A waiting Task, and one that has given its resources back or lets others start; not one that
  // merely runs on.
  controller.Watches<Task>([](const Task& task) {
    return HoldsResources(task) ? std::vector<ObjectKey>() : std::vector{QueueKey()};
  });
  controller.Watches<Node>([](const Node&) { return std::vector{QueueKey()}; });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context) {
  auto controller =
      std::make_unique<Controller>(context, std::make_unique<SchedulerReconciler>(context));
  Register(*controller);
  return controller;
}

}  // namespace noizy::scheduler
