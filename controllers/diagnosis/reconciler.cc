#include "controllers/diagnosis/reconciler.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "machinery/controller/object_writes.h"
#include "machinery/diagnosis/evidence.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::diagnosis {
namespace {

std::string AnnotationOf(const ObjectMeta& object, std::string_view name) {
  const auto found = object.annotations.find(std::string(name));
  return found == object.annotations.end() ? std::string() : found->second;
}

bool IsAskedFor(const ObjectMeta& object) {
  return object.annotations.contains(std::string(kRequestAnnotation));
}

PolicyOffer OfferOf(const RoutingPolicy& policy) {
  const auto& ai = policy.spec.ai;
  return {policy.metadata.name, ai && !ai->providers.empty(), ai && ai->diagnose_failures};
}

std::vector<RoutingPolicy> Living(const Lister<RoutingPolicy>& policies) {
  std::vector<RoutingPolicy> living;
  for (const auto& [key, policy] : policies.All()) {
    if (!policy->metadata.BeingDeleted()) living.push_back(*policy);
  }
  return living;
}

}  // namespace

DiagnosisReconciler::DiagnosisReconciler(const ControllerContext& context, Help help)
    : client_(context.client),
      clock_(context.clock),
      events_(context.events),
      tasks_(context.informers.Get<Task>().lister()),
      nodes_(context.informers.Get<Node>().lister()),
      policies_(context.informers.Get<RoutingPolicy>().lister()),
      help_(std::move(help)),
      answers_(context.executor, help_.run) {}

Result<Requeue> DiagnosisReconciler::Reconcile(const ObjectKey& key) {
  return key.ns.empty() ? Look(nodes_.Get(key), key) : Look(tasks_.Get(key), key);
}

template <typename T>
Result<Requeue> DiagnosisReconciler::Look(const std::shared_ptr<const T>& object,
                                          const ObjectKey& key) {
  // Read
  if (!object || object->metadata.BeingDeleted()) {
    answers_.Forget(key);
    return Requeue::None();
  }
  if (answers_.IsAnswered(object->metadata)) return Requeue::None();
  // Gather
  Observed seen = Gather(object->metadata);
  if constexpr (std::is_same_v<T, Task>) GatherTask(*object, seen);
  // Decide
  const Plan plan = Decide(seen);
  // Act, Report
  if (!plan.ask.empty() &&
      !StartAsking(object->metadata, seen.request, QuestionAbout(object), plan.ask))
    return Requeue::After(kTryAgain);
  if (plan.keep) NOIZY_RETURN_IF_ERROR(Write(*object, plan));
  return Requeue::None();
}

Observed DiagnosisReconciler::Gather(const ObjectMeta& object) const {
  Observed seen;
  if (IsAskedFor(object)) seen.request = AnnotationOf(object, kRequestAnnotation);
  seen.report = AnnotationOf(object, kReportAnnotation);
  seen.asking = answers_.IsAsked(object);
  if (const Answered* answer = answers_.Find(object)) seen.answered = *answer;
  for (const auto& [key, policy] : policies_.All()) {
    if (!policy->metadata.BeingDeleted()) seen.policies.push_back(OfferOf(*policy));
  }
  return seen;
}

void DiagnosisReconciler::GatherTask(const Task& task, Observed& seen) const {
  seen.phase = task.status.phase;
  if (const auto ended = ParseTime(task.status.completion_time); ended.ok())
    seen.ended = clock_.Now() - *ended;
  // A grid may hold many Tasks that failed long ago, and a table costs something.
  const bool fresh = seen.ended && *seen.ended <= kFreshFailure;
  const bool wanted = std::ranges::any_of(seen.policies, &PolicyOffer::diagnoses_failures);
  if (seen.request || (fresh && wanted))
    seen.matching = scheduling::RoutingTable(Living(policies_)).RouteOf(task).policy;
}

Question DiagnosisReconciler::QuestionAbout(const std::shared_ptr<const Task>& task) const {
  Question question;
  question.task = task;
  question.node = nodes_.Get({"", task->status.node_name});
  return question;
}

Question DiagnosisReconciler::QuestionAbout(const std::shared_ptr<const Node>& node) const {
  Question question;
  question.node = node;
  for (const auto& [key, task] : tasks_.All()) {
    if (task->status.phase == "Failed" && task->status.node_name == node->metadata.name)
      question.failures.push_back(*task);
  }
  std::ranges::stable_sort(question.failures, {}, [](const Task& task) -> const std::string& {
    return task.status.completion_time;
  });
  if (question.failures.size() > kMostFailures)
    question.failures.erase(question.failures.begin(), question.failures.end() - kMostFailures);
  return question;
}

bool DiagnosisReconciler::StartAsking(const ObjectMeta& object,
                                      const std::optional<std::string>& request, Question question,
                                      const std::string& policy) {
  model::Asker ask = help_.asker(policy);
  if (!ask) return false;
  question.policy = policy;
  if (const auto known = policies_.Get({"", policy}); known && known->spec.ai) {
    question.shows_text = known->spec.ai->payload_visibility != "None";
    question.deadline =
        std::max<Duration>(kDeadline, std::chrono::milliseconds(known->spec.ai->deadline_ms));
  }
  return answers_.Ask(object, [question = std::move(question), ask = std::move(ask), request,
                               &client = client_, &clock = clock_] {
    return Answered{request, diagnosis::Ask(question, client, clock, ask)};
  });
}

template <typename T>
Status DiagnosisReconciler::Write(const T& object, const Plan& plan) {
  Report report = *plan.keep;
  if (report.time.empty()) report.time = FormatTime(clock_.Now());
  Object annotations{{kReportAnnotation, ToText(report)}};
  if (plan.remove_request) annotations[kRequestAnnotation] = nullptr;
  const Value patch =
      Object{{"metadata", Object{{"resourceVersion", object.metadata.resource_version},
                                 {"annotations", std::move(annotations)}}}};
  NOIZY_RETURN_IF_ERROR(client_
                            .Patch(ResourceOf<T>(), object.metadata.Key(), PatchType::kMerge, patch,
                                   ManagedBy(name()))
                            .status());
  answers_.Written(object.metadata);
  Tell(object, report);
  return Status::Ok();
}

template <typename T>
void DiagnosisReconciler::Tell(const T& object, const Report& report) {
  if (!report.error.empty())
    return events_.Warning(ReferenceTo(object), "DiagnosisFailed", report.error);
  events_.Normal(ReferenceTo(object), "Diagnosed",
                 report.answer.root_cause + " (risk " + std::to_string(report.answer.risk_level) +
                     " of 10, " + report.answer.confidence + " confidence, says " +
                     report.provider + " of policy " + report.policy + ")");
}

void Register(Controller& controller) {
  auto& reconciler = static_cast<DiagnosisReconciler&>(controller.reconciler());
  reconciler.OnAnswer([&controller](const ObjectKey& key) { controller.Enqueue({key}); });
  // Of the many changes of Tasks, those that nobody asked about are none of its concern.
  controller.Watches<Task>([](const Task& task) {
    const bool matters = IsAskedFor(task.metadata) || task.status.phase == "Failed";
    return matters ? std::vector{task.metadata.Key()} : std::vector<ObjectKey>{};
  });
  controller.Watches<Node>([](const Node& node) {
    return IsAskedFor(node.metadata) ? std::vector{node.metadata.Key()} : std::vector<ObjectKey>{};
  });
}

std::unique_ptr<Controller> MakeController(const ControllerContext& context, Help help) {
  auto controller = std::make_unique<Controller>(
      context, std::make_unique<DiagnosisReconciler>(context, std::move(help)));
  Register(*controller);
  return controller;
}

}  // namespace noizy::diagnosis
