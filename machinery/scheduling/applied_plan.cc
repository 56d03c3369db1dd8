#include "machinery/scheduling/applied_plan.h"

#include <algorithm>

#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::scheduling {
namespace {

// As many digits as a person compares.
constexpr std::size_t kShownHash = 12;

Object ToObject(const PlannedPlace& place) {
  return {{"namespace", place.task.ns},
          {"name", place.task.name},
          {"uid", place.uid},
          {"attempt", place.attempt},
          {"node", place.node}};
}

Result<PlannedPlace> ReadPlace(const Value& value) {
  PlannedPlace place;
  place.task = {std::string(StringAt(value, {"namespace"})),
                std::string(StringAt(value, {"name"}))};
  place.uid = StringAt(value, {"uid"});
  place.node = StringAt(value, {"node"});
  place.attempt = IntAt(value, {"attempt"}).value_or(-1);
  if (place.uid.empty() || place.node.empty() || place.attempt < 0)
    return BadRequest("a place of the plan lacks its uid, attempt or node");
  return place;
}

}  // namespace

std::string ToText(const AppliedPlan& plan) {
  Array places;
  for (const PlannedPlace& place : plan.places) places.emplace_back(ToObject(place));
  return ToJson(Object{{"made", FormatTime(plan.made)},
                       {"until", FormatTime(plan.until)},
                       {"provider", plan.provider},
                       {"model", plan.model},
                       {"promptHash", plan.prompt_hash},
                       {"reason", plan.reason},
                       {"places", std::move(places)}});
}

Result<AppliedPlan> ReadAppliedPlan(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
  AppliedPlan plan;
  NOIZY_ASSIGN_OR_RETURN(plan.made, ParseTime(StringAt(document, {"made"})));
  NOIZY_ASSIGN_OR_RETURN(plan.until, ParseTime(StringAt(document, {"until"})));
  plan.until = std::min(plan.until, plan.made + kLongestPlan);
  plan.provider = StringAt(document, {"provider"});
  plan.model = StringAt(document, {"model"});
  plan.prompt_hash = StringAt(document, {"promptHash"});
  plan.reason = StringAt(document, {"reason"});
  const Array* places = ArrayAt(document, {"places"});
  if (places == nullptr || places->size() > kMostPlaces)
    return BadRequest("the plan has no places, or more than one plan may have");
  for (const Value& value : *places) {
    NOIZY_ASSIGN_OR_RETURN(PlannedPlace place, ReadPlace(value));
    plan.places.push_back(std::move(place));
  }
  return plan;
}

void PlannedNodes::Add(const std::string& policy, const AppliedPlan& plan) {
  const std::string origin = "as the applied plan of " + FormatTime(plan.made) +
                             " has it (prompt " + plan.prompt_hash.substr(0, kShownHash) + "): ";
  for (const PlannedPlace& place : plan.places) {
    Entry& entry = by_uid_[place.uid];
    if (entry.made > plan.made) continue;
    entry = {plan.made,
             place.attempt,
             {place.node, plan.until, policy, plan.provider, plan.model, origin + plan.reason}};
  }
}

const PlannedNode* PlannedNodes::Of(const Task& task) const {
  const auto found = by_uid_.find(task.metadata.uid);
  if (found == by_uid_.end() || found->second.attempt != task.status.attempt) return nullptr;
  return &found->second.planned;
}

}  // namespace noizy::scheduling
