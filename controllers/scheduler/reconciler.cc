#include "controllers/scheduler/reconciler.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "controllers/scheduler/binding.h"
#include "machinery/base/log.h"
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

/// The first error that somebody has to hear of; a Task that is gone needs nothing any more.
class FirstError {
 public:
  void Add(const Status& status) {
    if (status_.ok() && status.reason() != StatusReason::kNotFound) status_ = status;
  }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

}  // namespace

ObjectKey QueueKey() {
  return {"", "queue"};
}

SchedulerReconciler::SchedulerReconciler(const ControllerContext& context,
                                         scheduling::Advisor* advisor)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      advisor_(advisor),
      feed_(context.informers),
      answers_(std::make_shared<ReturnPath>(context.executor)) {}

SchedulerReconciler::~SchedulerReconciler() {
  answers_->Close();
}

Result<Requeue> SchedulerReconciler::Reconcile(const ObjectKey&) {
  NOIZY_RETURN_IF_ERROR(std::exchange(settled_, Status::Ok()));
  if (on_their_way_ >= kBatchesOnTheirWay) return Requeue::None();
  // Read, Gather
  NOIZY_RETURN_IF_ERROR(AskAboutUnclear());
  feed_.Update();
  const WallTime now = clock_.Now();
  // Decide
  const MonotonicTime began = clock_.Monotonic();
  const scheduling::Plan plan =
      scheduling::Decide(feed_.grid(), now, {.bindings = kBindingsPerPass});
  const auto latency =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Monotonic() - began);
  // Act, Report
  NOIZY_RETURN_IF_ERROR(Act(plan, latency.count()));
  if (plan.more || !untold_.empty()) return Requeue::After(Duration::zero());
  if (plan.look_again) return Requeue::After(std::max(Duration::zero(), *plan.look_again - now));
  return Requeue::None();
}

// A write that failed on its way may have arrived: until the store has said so, its node's
// resources may be sold.
Status SchedulerReconciler::AskAboutUnclear() {
  for (const ObjectKey& key : feed_.assumed().Unclear()) {
    const Result<Task> task = TypedClient<Task>(client_).Get(key);
    if (!task.ok() && task.status().reason() != StatusReason::kNotFound) return task.status();
    AssumedBindings::Entry entry = feed_.assumed().At(key);
    entry.unclear = false;
    if (task.ok() && task->metadata.uid == entry.uid && task->status.attempt >= entry.attempt) {
      feed_.assumed().Add(key, std::move(entry));
    } else {
      feed_.assumed().Remove(key);
      feed_.grid().Unbind(key);
    }
    feed_.NoteTask(key);
  }
  return Status::Ok();
}

// The answer is looked at on the executor's thread, as everything else is.
void SchedulerReconciler::Ask(const scheduling::Question& question) {
  const auto answer = [this, task_class = question.task_class,
                       task = question.like.key](const scheduling::Reply& reply) {
    feed_.grid().SetAdvice(task_class, reply, clock_.Now());
    if (reply.record) KeepRecord(task, *reply.record);
    wake_();
  };
  if (advisor_ == nullptr)
    return answers_->Post([answer] { answer(Unavailable("this grid asks no AI")); });
  advisor_->Ask(question, [path = answers_, answer](scheduling::Reply reply) {
    path->Post([answer, reply = std::move(reply)] { answer(reply); });
  });
}

// A Task that waits for the answer gets the record with its binding. For one that was placed
// without it, the record is told where that is still possible; it decides nothing, so a lost race
// is nothing to repeat.
void SchedulerReconciler::KeepRecord(const ObjectKey& key, const RoutingRecord& record) {
  const auto task = feed_.tasks().Get(key);
  if (!task) return;
  const Status written = PatchStatus(client_, *task, WithLateRecord(*task, record), name());
  if (!written.ok()) {
    LogDebug("Kept no record of an AI's late answer",
             {{"object", key.ToString()}, {"error", written.ToString()}});
  }
}

Status SchedulerReconciler::Act(const scheduling::Plan& plan, std::int64_t latency_ms) {
  for (const scheduling::Unschedulable& waiting : plan.unschedulable) {
    for (const ObjectKey& task : waiting.tasks)
      untold_.push_back({task, waiting.reason, waiting.message});
  }
  for (const scheduling::Question& question : plan.questions) Ask(question);
  FirstError error;
  error.Add(Bind(plan.bindings, latency_ms));
  error.Add(Evict(plan.evictions));
  error.Add(Explain());
  return error.status();
}

SchedulerReconciler::Written& SchedulerReconciler::GroupOf(
    const Task& task, Written& alone, std::map<ObjectKey, Written>& gangs) const {
  const auto& gang = task.spec.gang;
  return gang ? gangs[{task.metadata.ns, gang->name}] : alone;
}

// A binding counts as made from here on.
Status SchedulerReconciler::Bind(const std::vector<scheduling::Binding>& bindings,
                                 std::int64_t latency_ms) {
  Written alone;
  std::map<ObjectKey, Written> gangs;
  for (const scheduling::Binding& binding : bindings) {
    const auto task = feed_.tasks().Get(binding.task);
    if (!task) {
      feed_.NoteTask(binding.task);
      continue;
    }
    Written& bound = GroupOf(*task, alone, gangs);
    const auto& [seen, next] =
        bound.next.emplace_back(task, Bound(*task, binding, clock_.Now(), latency_ms));
    bound.calls.push_back(StatusPatch(*task, next));
    feed_.assumed().Add(binding.task, {task->metadata.uid, next.attempt});
  }
  FirstError error;
  error.Add(Send(std::move(alone)));
  for (const auto& [gang, bound] : gangs)
    error.Add(Settle(bound, client_.PatchTogether(bound.calls, ManagedBy(name()))));
  return error.status();
}

// While these are made durable, the next ones are decided.
Status SchedulerReconciler::Send(Written alone) {
  if (alone.calls.empty()) return Status::Ok();
  const auto bound = std::make_shared<const Written>(std::move(alone));
  auto done = [this, bound, path = answers_](std::vector<Status> written) {
    path->Post([this, bound, written = std::move(written)] {
      --on_their_way_;
      if (const Status error = Settle(*bound, written); settled_.ok()) settled_ = error;
      wake_();
    });
  };
  ++on_their_way_;
  const auto written = client_.PatchAllLater(bound->calls, ManagedBy(name()), std::move(done));
  if (!written) return Status::Ok();
  --on_their_way_;
  return Settle(*bound, *written);
}

Status SchedulerReconciler::Settle(const Written& bound, const std::vector<Status>& written) {
  FirstError error;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto& [task, status] = bound.next[i];
    error.Add(Settle(*task, written[i]));
    if (!written[i].ok()) continue;
    events_.Normal(ReferenceTo(*task), "Scheduled", status.message);
    NoteDecided(*status.routing);
  }
  return error.status();
}

void SchedulerReconciler::NoteDecided(const TaskRoutingDecision& decision) {
  if (advisor_ == nullptr || decision.policy.empty()) return;
  advisor_->NoteDecided({decision.policy, decision.fallback, decision.cached,
                         decision.record ? decision.record->outcome : ""});
}

Status SchedulerReconciler::Settle(const Task& task, const Status& written) {
  const ObjectKey key = task.metadata.Key();
  if (WasRefused(written)) {
    if (feed_.assumed().Remove(key)) feed_.grid().Unbind(key);
    feed_.NoteTask(key);
  } else if (!written.ok()) {
    feed_.assumed().MarkUnclear(key);
  }
  return written;
}

// A Task that does not hear of it is asked again by the next pass, if it is still in the way.
Status SchedulerReconciler::Evict(const std::vector<scheduling::Eviction>& evictions) {
  FirstError error;
  for (const scheduling::Eviction& eviction : evictions) {
    const auto task = feed_.tasks().Get(eviction.task);
    if (!task) continue;
    const TaskStatus next = Preempted(*task, eviction.message, clock_.Now());
    const Status written = PatchStatus(client_, *task, next, name());
    error.Add(written);
    if (!written.ok()) feed_.NoteTask(eviction.task);
    if (written.ok()) events_.Warning(ReferenceTo(*task), "Preempted", eviction.message);
  }
  return error.status();
}

Status SchedulerReconciler::Explain() {
  FirstError error;
  std::vector<std::pair<std::shared_ptr<const Task>, std::string>> told;
  std::vector<PatchCall> calls;
  while (!untold_.empty() && calls.size() < kReasonsPerPass) {
    const Reason reason = std::move(untold_.front());
    untold_.pop_front();
    const auto task = feed_.tasks().Get(reason.task);
    if (!task || !scheduling::MayWait(*task)) continue;
    const TaskStatus next = Waiting(*task, reason.reason, reason.message, clock_.Now());
    if (next == task->status) continue;
    calls.push_back(StatusPatch(*task, next));
    told.emplace_back(task, reason.message);
  }
  const std::vector<Status> written = client_.PatchAll(calls, ManagedBy(name()));
  for (std::size_t i = 0; i < written.size(); ++i) {
    const auto& [task, message] = told[i];
    error.Add(written[i]);
    if (!written[i].ok()) feed_.grid().Retell(task->metadata.Key());
    if (written[i].ok() && message != task->status.message)
      events_.Warning(ReferenceTo(*task), "FailedScheduling", message);
  }
  return error.status();
}

void Register(Controller& controller) {
  auto& reconciler = static_cast<SchedulerReconciler&>(controller.reconciler());
  reconciler.OnAnswer([&controller] { controller.Enqueue({QueueKey()}); });
  GridFeed& feed = reconciler.feed();
  controller.Watches<Task>([&feed](const Task& task) {
    feed.NoteTask(task.metadata.Key());
    return std::vector{QueueKey()};
  });
  controller.Watches<Node>([&feed](const Node& node) {
    feed.NoteNode(node.metadata.name);
    return std::vector{QueueKey()};
  });
  controller.Watches<ResourceQuota>([&feed](const ResourceQuota& quota) {
    feed.NoteQuotas(quota.metadata.ns);
    return std::vector{QueueKey()};
  });
  controller.Watches<RoutingPolicy>([&feed](const RoutingPolicy&) {
    feed.NotePolicies();
    return std::vector{QueueKey()};
  });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context,
                                           scheduling::Advisor* advisor) {
  auto controller = std::make_unique<Controller>(
      context, std::make_unique<SchedulerReconciler>(context, advisor));
  Register(*controller);
  return controller;
}

}  // namespace noizy::scheduler
