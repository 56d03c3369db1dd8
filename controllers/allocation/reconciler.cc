#include "controllers/allocation/reconciler.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "machinery/allocation/answer.h"
#include "machinery/controller/object_writes.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::allocation {
namespace {

bool IsAskedFor(const RoutingPolicy& policy) {
  return policy.metadata.annotations.contains(std::string(kRequestAnnotation));
}

template <typename T>
std::vector<std::shared_ptr<const T>> AllOf(const Lister<T>& lister) {
  std::vector<std::shared_ptr<const T>> objects;
  for (const auto& [key, object] : lister.All()) objects.push_back(object);
  return objects;
}

Report Refusal(std::string why) {
  Report report;
  report.error = std::move(why);
  return report;
}

Report Ask(const scheduling::GridObjects& objects, const Terms& terms, const Clock& clock,
           Duration deadline, const model::Asker& ask) {
  const Result<Question> question = MakeQuestion(objects, terms, clock.Now());
  if (!question.ok()) return Refusal(question.status().message());
  const model::Outcome outcome =
      ask(question->prompt, deadline, [&](const model::ChatAnswer& answer) {
        return ReadAnswer(answer.text, question->tasks.size(), question->nodes.size()).status();
      });
  return ReportOf(*question, outcome, objects, clock.Now());
}

}  // namespace

AllocationReconciler::AllocationReconciler(const ControllerContext& context, Help help)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      tasks_(context.informers.Get<Task>().lister()),
      nodes_(context.informers.Get<Node>().lister()),
      policies_(context.informers.Get<RoutingPolicy>().lister()),
      quotas_(context.informers.Get<ResourceQuota>().lister()),
      help_(std::move(help)),
      answers_(context.executor, help_.run) {}

Result<Requeue> AllocationReconciler::Reconcile(const ObjectKey& key) {
  // Read
  const auto policy = policies_.Get(key);
  if (!policy || policy->metadata.BeingDeleted() || !IsAskedFor(*policy)) {
    answers_.Forget(key);
    return Requeue::None();
  }
  if (answers_.IsAnswered(policy->metadata)) return Requeue::None();
  // Decide, Act, Report
  if (const Report* found = answers_.Find(policy->metadata)) {
    NOIZY_RETURN_IF_ERROR(Answer(*policy, *found));
  } else if (!policy->spec.ai || policy->spec.ai->providers.empty()) {
    NOIZY_RETURN_IF_ERROR(Answer(*policy, Refusal("RoutingPolicy \"" + key.name +
                                                  "\" names no provider under spec.ai.providers")));
  } else if (!answers_.IsAsked(policy->metadata) && !StartAsking(*policy)) {
    return Requeue::After(kTryAgain);
  }
  return Requeue::None();
}

scheduling::GridObjects AllocationReconciler::Gather() const {
  return {AllOf(tasks_), AllOf(nodes_), AllOf(policies_), AllOf(quotas_)};
}

// What a Task's author wrote stays here whatever the policy shows of it for a placement: of so many
// Tasks at once it would be the larger part of the question.
Terms AllocationReconciler::TermsOf(const RoutingAi& ai) const {
  const std::string visibility = ai.payload_visibility == "None" ? "None" : "Features";
  return {ai.instructions, ai.temperature,
          [features = help_.task_features, visibility](const scheduling::TaskView& view,
                                                       const Task* task) {
            return features(view, task, visibility);
          },
          help_.node_features};
}

bool AllocationReconciler::StartAsking(const RoutingPolicy& policy) {
  model::Asker ask = help_.asker(policy.metadata.name);
  if (!ask) return false;
  const RoutingAi& ai = *policy.spec.ai;
  const Duration deadline =
      std::max<Duration>(kDeadline, std::chrono::milliseconds(ai.deadline_ms));
  return answers_.Ask(policy.metadata, [objects = Gather(), terms = TermsOf(ai), deadline,
                                        ask = std::move(ask), &clock = clock_] {
    return allocation::Ask(objects, terms, clock, deadline, ask);
  });
}

// The grid went on while the model thought.
void AllocationReconciler::DropOutdated(Report& report) const {
  for (Line& line : report.lines) {
    const auto task = tasks_.Get(line.place.task);
    const bool same = task && task->metadata.uid == line.place.uid &&
                      task->status.attempt == line.place.attempt && scheduling::MayWait(*task);
    if (same) continue;
    line.dropped = "it does not wait any more";
    line.place.node.clear();
    line.fits_now = false;
  }
}

Status AllocationReconciler::Answer(const RoutingPolicy& policy, Report report) {
  DropOutdated(report);
  if (report.time.empty()) report.time = FormatTime(clock_.Now());
  const Value patch =
      Object{{"metadata", Object{{"resourceVersion", policy.metadata.resource_version},
                                 {"annotations", Object{{kReportAnnotation, ToText(report)},
                                                        {kRequestAnnotation, nullptr}}}}}};
  const ObjectKey key = policy.metadata.Key();
  NOIZY_RETURN_IF_ERROR(
      client_.Patch(ResourceOf<RoutingPolicy>(), key, PatchType::kMerge, patch, ManagedBy(name()))
          .status());
  answers_.Written(policy.metadata);
  if (report.error.empty()) {
    events_.Normal(ReferenceTo(policy), "AllocationPlanned",
                   "Planned " + std::to_string(report.lines.size()) + " Tasks, says " +
                       report.provider + ": " + report.reason);
  } else {
    events_.Warning(ReferenceTo(policy), "AllocationFailed", report.error);
  }
  return Status::Ok();
}

void Register(Controller& controller) {
  auto& reconciler = static_cast<AllocationReconciler&>(controller.reconciler());
  reconciler.OnAnswer([&controller](const ObjectKey& key) { controller.Enqueue({key}); });
  controller.Watches<RoutingPolicy>([](const RoutingPolicy& policy) {
    return IsAskedFor(policy) ? std::vector{policy.metadata.Key()} : std::vector<ObjectKey>{};
  });
  // They are only looked at, and so have to be known.
  const auto nobody = [](const auto&) { return std::vector<ObjectKey>{}; };
  controller.Watches<Task>(nobody);
  controller.Watches<Node>(nobody);
  controller.Watches<ResourceQuota>(nobody);
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context, Help help) {
  auto controller = std::make_unique<Controller>(
      context, std::make_unique<AllocationReconciler>(context, std::move(help)));
  Register(*controller);
  return controller;
}

}  // namespace noizy::allocation
