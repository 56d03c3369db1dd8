// A way of placing Tasks, as it takes part in the comparison: a RoutingPolicy, and whoever answers
// it where the policy asks an AI.
#pragma once

#include <string>
#include <vector>

#include "kinds/node.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/model/model_client.h"
#include "machinery/routing/question.h"
#include "machinery/scheduling/decide.h"

namespace noizy::bench {

/// No band: whatever is feasible.
inline constexpr double kFree = 1e9;

struct Contestant {
  std::string name;
  /// A strategy of the core, or AI.
  std::string strategy;
  double band_percent = 25;
  model::Asker asker = {};
  /// How long an answer takes.
  double answers_after_seconds = 0;
};

/// The policy of whoever places Tasks that way.
RoutingPolicy PolicyOf(const Contestant& contestant);

/// What the contestant's model says to the core's question; `task` may be null.
scheduling::Reply Consult(const Contestant& contestant, const scheduling::Question& question,
                          const Task* task, const std::vector<Node>& nodes);

}  // namespace noizy::bench
