// Whether a Task or a Node is to be diagnosed, by whose models, and what is kept of it. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/diagnosis/report.h"

namespace noizy::diagnosis {

/// A failure is diagnosed by itself within this long after it: a policy that is new does not send a
/// grid's whole past to its models.
inline constexpr Duration kFreshFailure = std::chrono::minutes(10);

/// What a RoutingPolicy says about asking.
struct PolicyOffer {
  std::string name;
  bool has_providers = false;
  bool diagnoses_failures = false;
};

/// An answer that came, not yet written.
struct Answered {
  /// What had been asked for; absent when the question was asked by itself.
  std::optional<std::string> request;
  Report report;
};

/// All that the decision needs.
struct Observed {
  /// The request's value; absent without a request.
  std::optional<std::string> request;
  /// The report that the object has, as text.
  std::string report;
  /// A Task's phase; "" for a Node.
  std::string phase;
  /// Since the Task ended.
  std::optional<Duration> ended;
  /// The policy that the Task is routed by; "" when none matches, and for a Node.
  std::string matching;
  std::vector<PolicyOffer> policies;
  /// A question about it is under way.
  bool asking = false;
  std::optional<Answered> answered;
};

struct Plan {
  /// Ask the models of this policy; "": do not ask.
  std::string ask;
  /// Keep this report.
  std::optional<Report> keep;
  /// The request has been answered.
  bool remove_request = false;
};

Plan Decide(const Observed& seen);

/// The policy whose models are asked: the one named, else the one that matches if it has models,
/// else the only one that has. BadRequest says why there is none.
Result<std::string> PolicyFor(const std::string& named, const std::string& matching,
                              const std::vector<PolicyOffer>& policies);

}  // namespace noizy::diagnosis
