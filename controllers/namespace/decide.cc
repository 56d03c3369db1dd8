#include "controllers/namespace/decide.h"

#include <algorithm>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"

namespace noizy::namespace_controller {
namespace {

// Kubernetes' own conditions, so that its tools and people's habits find them.
constexpr std::string_view kDiscoveryFailure = "NamespaceDeletionDiscoveryFailure";
constexpr std::string_view kContentFailure = "NamespaceDeletionContentFailure";
constexpr std::string_view kContentRemaining = "NamespaceContentRemaining";
constexpr std::string_view kFinalizersRemaining = "NamespaceFinalizersRemaining";

// A condition with its words for either state.
struct Wording {
  std::string_view type;
  std::string_view reason_when_true;
  std::string_view reason_when_false;
  std::string_view message_when_false;
};
constexpr Wording kDiscoveryWording = {kDiscoveryFailure, "DiscoveryFailed", "ResourcesDiscovered",
                                       "All resources successfully discovered"};
constexpr Wording kFailureWording = {
    kContentFailure, "ContentDeletionFailed", "ContentDeleted",
    "All content successfully deleted, may be waiting on finalization"};
constexpr Wording kRemainingWording = {kContentRemaining, "SomeResourcesRemain", "ContentRemoved",
                                       "All content successfully removed"};
constexpr Wording kFinalizersWording = {kFinalizersRemaining, "SomeFinalizersRemain",
                                        "ContentHasNoFinalizers",
                                        "All content-preserving finalizers finished"};

// `problem` "": the condition is False.
void Put(NamespaceStatus& status, const Observed& seen, const Wording& wording,
         const std::string& problem) {
  Condition condition;
  condition.type = wording.type;
  condition.status = problem.empty() ? "False" : "True";
  condition.reason = problem.empty() ? wording.reason_when_false : wording.reason_when_true;
  condition.message = problem.empty() ? std::string(wording.message_when_false) : problem;
  condition.observed_generation = seen.object.metadata.generation;
  SetCondition(status.conditions, std::move(condition), FormatTime(seen.now));
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string RemainingText(const Observed& seen) {
  std::vector<std::string> parts;
  for (const Content& content : seen.contents) {
    parts.push_back(content.resource.Resource() + " has " + std::to_string(content.count) +
                    " resource instances");
  }
  return parts.empty() ? "" : "Some resources are remaining: " + Join(parts);
}

std::string FinalizersText(const Observed& seen) {
  std::map<std::string, std::int64_t> totals;
  for (const Content& content : seen.contents) {
    for (const auto& [finalizer, count] : content.finalizers) totals[finalizer] += count;
  }
  std::vector<std::string> parts;
  for (const auto& [finalizer, count] : totals) {
    parts.push_back(finalizer + " in " + std::to_string(count) + " resource instances");
  }
  return parts.empty() ? ""
                       : "Some content in the namespace has finalizers remaining: " + Join(parts);
}

// A part of the time the deletion has taken: quick for what goes at once, patient with what takes
// long.
Duration NextLook(const Observed& seen) {
  const Result<WallTime> since = ParseTime(seen.object.metadata.deletion_timestamp);
  const Duration elapsed = since.ok() ? seen.now - *since : Duration::zero();
  return std::clamp(elapsed / 4, Duration(kShortestInterval), Duration(kLongestInterval));
}

}  // namespace

bool IsHeld(const Namespace& object) {
  return LetGo(object) != object;
}

Namespace LetGo(Namespace object) {
  std::erase(object.spec.finalizers, kNamespaceFinalizer);
  std::erase(object.metadata.finalizers, kEarlierNamespaceFinalizer);
  return object;
}

Plan Decide(const Observed& seen) {
  Plan plan;
  plan.status = seen.object.status;
  const bool all_known = seen.discovery_failure.empty() && seen.content_failures.empty();
  if (all_known && seen.contents.empty()) {
    plan.let_go = true;
    // With nobody else's finalizer it is gone the next moment: no status to be read by anyone.
    const Namespace rest = LetGo(seen.object);
    if (rest.spec.finalizers.empty() && rest.metadata.finalizers.empty()) return plan;
  } else {
    plan.look_again = NextLook(seen);
  }
  for (const Content& content : seen.contents) {
    if (content.not_yet_deleted > 0) plan.to_empty.push_back(content.resource);
  }
  plan.status.phase = "Terminating";
  Put(plan.status, seen, kDiscoveryWording, seen.discovery_failure);
  Put(plan.status, seen, kRemainingWording, RemainingText(seen));
  Put(plan.status, seen, kFinalizersWording, FinalizersText(seen));
  plan.status = WithFailures(std::move(plan.status), seen, {});
  return plan;
}

NamespaceStatus WithFailures(NamespaceStatus status, const Observed& seen,
                             const std::vector<std::string>& failures) {
  std::vector<std::string> all = seen.content_failures;
  all.insert(all.end(), failures.begin(), failures.end());
  Put(status, seen, kFailureWording, Join(all));
  return status;
}

}  // namespace noizy::namespace_controller
