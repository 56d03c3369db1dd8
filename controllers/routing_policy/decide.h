// What a RoutingPolicy's status says. Pure.
#pragma once

#include <string>
#include <vector>

#include "controllers/routing_policy/model_advisor.h"
#include "kinds/routingpolicy.h"
#include "machinery/base/clock.h"

namespace noizy::routing_policy {

/// All that the decision needs.
struct Observed {
  std::vector<std::string> problems;
  PolicyFigures figures;
  /// The part of the figures that the status counts already.
  PolicyFigures told;
  WallTime now;
};

/// Something that happened since the status was written, for an Event.
struct Notice {
  std::string reason;  // CamelCase
  std::string message;

  bool operator==(const Notice&) const = default;
};

struct Decision {
  RoutingPolicyStatus status;
  std::vector<Notice> notices;
};

Decision Decide(const RoutingPolicy& policy, const Observed& seen);

/// Whether it has models: strategy AI must, and a policy of any other may, for diagnoses.
bool AsksModels(const RoutingPolicySpec& spec);

/// "2026-11-22", in UTC.
std::string DayOf(WallTime time);
/// What the status says was spent on the day of `now`.
model::Expense SpentBy(const RoutingPolicyStatus& status, WallTime now);

}  // namespace noizy::routing_policy
