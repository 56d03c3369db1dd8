// A Task with a known right place on a grid at one moment, as data: a line of JSON whose nodes and
// Tasks are the API's own objects, so that a set of them can be kept, or come from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/routing/contestant.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::bench {

/// When scenarios happen.
inline constexpr std::string_view kScenarioTime = "2026-06-01T12:00:00Z";

/// A Task of that work (its label noizy.dev/work) ran to its end.
struct PastRun {
  std::string work;
  std::string node;
  double seconds = 0;
};

struct Scenario {
  std::string name;
  std::string category;
  std::vector<Node> nodes;
  /// Tasks that hold a node.
  std::vector<Task> running;
  std::vector<PastRun> history;
  Task task;
  /// The nodes that may run it at once: a binding to any other is a fault.
  std::vector<std::string> feasible;
  /// What is right: "Bound", "Waits" (for a full node), "Preempts" or "Pending".
  std::string outcome;
  /// On which node; none of a Task that stays Pending.
  std::vector<std::string> accept;
  /// Part of why it stays Pending.
  std::string says;
};

Value ToValue(const Scenario& scenario);
/// BadRequest names what is wrong.
Result<Scenario> ScenarioFrom(const Value& value);

/// What a contestant did.
struct Judgement {
  bool right = false;
  bool feasible = true;
  std::size_t questions = 0;
  /// "Bound linux-a", for whoever wants to know.
  std::string did;
};

Judgement Judge(const Scenario& scenario, const Contestant& contestant);

}  // namespace noizy::bench
