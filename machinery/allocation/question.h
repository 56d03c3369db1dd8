// The question about all Tasks that wait at once: what is known of them and of the nodes that could
// run them, under ids that tell no names.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/model/chat.h"
#include "machinery/scheduling/applied_plan.h"
#include "machinery/scheduling/grid_copy.h"
#include "machinery/value/value.h"

namespace noizy::allocation {

/// Nodes of one question: those that could run most of the Tasks.
inline constexpr std::size_t kMostNodes = 8;

/// What a RoutingPolicy says about asking, and what a model may know.
struct Terms {
  std::string instructions;
  std::optional<double> temperature;
  std::function<Value(const scheduling::TaskView&, const Task*)> task_features;
  std::function<Value(const Node&)> node_features;
};

/// A Task that waits, first in line first.
struct Waiting {
  scheduling::PlannedPlace place;  // `node` is the scheduler's own, "" where it lets the Task wait
  /// Why the scheduler chose that.
  std::string own_reason;
  /// Places among the question's nodes.
  std::vector<std::size_t> choices;
};

struct Question {
  model::ChatRequest prompt;
  std::vector<Waiting> tasks;
  std::vector<std::string> nodes;  // c1 first
};

/// BadRequest says why there is nothing to ask: nobody waits, or no node could run any of those who
/// do. At most scheduling::kMostPlaces Tasks are asked about; members of gangs, which are placed
/// together or not at all, and Tasks that no node could run are not.
Result<Question> MakeQuestion(const scheduling::GridObjects& objects, const Terms& terms,
                              WallTime now);

}  // namespace noizy::allocation
