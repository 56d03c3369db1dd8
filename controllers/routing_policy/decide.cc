#include "controllers/routing_policy/decide.h"

#include <algorithm>
#include <chrono>

#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/strategies.h"

namespace noizy::routing_policy {
namespace {

constexpr std::size_t kDayLength = 10;  // of an RFC 3339 time

Condition Ready(const RoutingPolicy& policy, const Observed& seen) {
  Condition ready;
  ready.type = "Ready";
  ready.observed_generation = policy.metadata.generation;
  ready.status = "True";
  ready.reason = "StrategyKnown";
  ready.message = "Tasks are placed by " + policy.spec.strategy;
  if (policy.spec.strategy != scheduling::kAiStrategy) return ready;
  if (seen.problems.empty()) {
    ready.reason = "ModelsConfigured";
    ready.message = "Tasks are placed by the models of " +
                    std::to_string(seen.figures.providers.size()) + " provider(s)";
    return ready;
  }
  ready.status = "False";
  ready.reason = "ProviderUnusable";
  ready.message.clear();
  for (const std::string& problem : seen.problems) {
    if (!ready.message.empty()) ready.message += "; ";
    ready.message += problem;
  }
  return ready;
}

std::vector<RoutingProviderStatus> ProvidersOf(const PolicyFigures& figures) {
  std::vector<RoutingProviderStatus> statuses;
  for (const model::ProviderState& provider : figures.providers) {
    statuses.push_back(
        {provider.name, std::string(NameOf(provider.circuit)), provider.last_error,
         std::chrono::duration_cast<std::chrono::milliseconds>(provider.latency).count()});
  }
  return statuses;
}

void NoteCircuits(const RoutingPolicyStatus& before, Decision& decision) {
  for (const RoutingProviderStatus& now : decision.status.providers) {
    const auto same = [&](const RoutingProviderStatus& other) { return other.name == now.name; };
    const auto old = std::ranges::find_if(before.providers, same);
    const bool was_open = old != before.providers.end() && old->circuit != "Closed";
    if (now.circuit == "Open" && !was_open)
      decision.notices.push_back(
          {"CircuitOpened", "Provider " + now.name + " is left alone for now: " + now.last_error});
  }
}

}  // namespace

Decision Decide(const RoutingPolicy& policy, const Observed& seen) {
  Decision decision{policy.status, {}};
  RoutingPolicyStatus& status = decision.status;
  SetCondition(status.conditions, Ready(policy, seen), FormatTime(seen.now));
  status.decisions += seen.figures.decisions - seen.told.decisions;
  status.fallbacks += seen.figures.fallbacks - seen.told.fallbacks;
  status.cache_hits += seen.figures.cache_hits - seen.told.cache_hits;
  status.providers = ProvidersOf(seen.figures);
  if (AsksModels(policy.spec)) {
    status.spent_day = DayOf(seen.now);
    status.spent_today = model::FormatDollars(seen.figures.spent_today.nanodollars.value_or(0));
    status.tokens_today = seen.figures.spent_today.tokens;
  }
  NoteCircuits(policy.status, decision);
  if (!seen.figures.exhausted.empty() && seen.told.exhausted != seen.figures.exhausted) {
    decision.notices.push_back({"BudgetExhausted", "No model is asked: the budget's " +
                                                       std::string(seen.figures.exhausted) +
                                                       " has been used up"});
  }
  return decision;
}

bool AsksModels(const RoutingPolicySpec& spec) {
  return spec.strategy == scheduling::kAiStrategy || (spec.ai && !spec.ai->providers.empty());
}

std::string DayOf(WallTime time) {
  return FormatTime(time).substr(0, kDayLength);
}

model::Expense SpentBy(const RoutingPolicyStatus& status, WallTime now) {
  if (status.spent_day != DayOf(now)) return {};
  return {status.tokens_today, model::ParseDollars(status.spent_today).value_or(0)};
}

}  // namespace noizy::routing_policy
