#include "controllers/diagnosis/decide.h"

#include <algorithm>

namespace noizy::diagnosis {
namespace {

constexpr std::string_view kFailed = "Failed";

const PolicyOffer* Named(const std::vector<PolicyOffer>& policies, const std::string& name) {
  const auto found = std::ranges::find(policies, name, &PolicyOffer::name);
  return found == policies.end() ? nullptr : &*found;
}

bool WasDiagnosedAsFailed(const std::string& text) {
  const Result<Report> report = ReadReport(text);
  return report.ok() && report->phase == kFailed;
}

bool IsDueByItself(const Observed& seen) {
  if (seen.phase != kFailed || !seen.ended || *seen.ended > kFreshFailure) return false;
  const PolicyOffer* policy = Named(seen.policies, seen.matching);
  return policy != nullptr && policy->has_providers && policy->diagnoses_failures &&
         !WasDiagnosedAsFailed(seen.report);
}

Plan Refuse(const Observed& seen, const Status& why) {
  Plan plan;
  plan.keep.emplace().error = why.message();
  plan.keep->phase = seen.phase;
  plan.remove_request = true;
  return plan;
}

}  // namespace

Result<std::string> PolicyFor(const std::string& named, const std::string& matching,
                              const std::vector<PolicyOffer>& policies) {
  if (!named.empty()) {
    const PolicyOffer* policy = Named(policies, named);
    if (policy == nullptr) return BadRequest("there is no RoutingPolicy \"" + named + "\"");
    if (policy->has_providers) return named;
    return BadRequest("RoutingPolicy \"" + named + "\" names no provider under spec.ai.providers");
  }
  const PolicyOffer* match = Named(policies, matching);
  if (match != nullptr && match->has_providers) return matching;
  std::vector<std::string> names;
  for (const PolicyOffer& policy : policies) {
    if (policy.has_providers) names.push_back(policy.name);
  }
  if (names.empty()) return BadRequest("no RoutingPolicy names a provider under spec.ai.providers");
  if (names.size() == 1) return names.front();
  std::string message = "several RoutingPolicies have providers, name one:";
  for (const std::string& name : names) message.append(" ").append(name);
  return BadRequest(std::move(message));
}

Plan Decide(const Observed& seen) {
  Plan plan;
  if (seen.answered) {
    plan.keep = seen.answered->report;
    // One that was made since is a question of its own.
    plan.remove_request = seen.request && seen.answered->request == seen.request;
    return plan;
  }
  if (seen.asking) return plan;
  if (seen.request) {
    const Result<std::string> policy = PolicyFor(*seen.request, seen.matching, seen.policies);
    if (!policy.ok()) return Refuse(seen, policy.status());
    plan.ask = *policy;
  } else if (IsDueByItself(seen)) {
    plan.ask = seen.matching;
  }
  return plan;
}

}  // namespace noizy::diagnosis
