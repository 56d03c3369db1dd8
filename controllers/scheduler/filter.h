// Which nodes can run a Task: pure predicates, each with the reason it gives.
#pragma once

#include <string>
#include <vector>

#include "controllers/scheduler/snapshot.h"

namespace noizy::scheduler {

/// Why the node cannot run the Task, in words that follow "N node(s)"; "" when it can. The first
/// reason in a fixed order counts (what an operator set before what the Task asks for before what
/// is used up), so that a node has exactly one.
std::string WhyNot(const TaskView& task, const NodeView& node);

/// The one of WhyNot's predicates that depends on what else runs there.
std::string MissingResource(const Resources& requests, const NodeView& node);

bool Tolerates(const std::vector<Toleration>& tolerations, const Taint& taint);
bool Matches(const NodeTerm& term, const NodeView& node);

/// "0/3 nodes are available: 1 node(s) were unschedulable, 2 did not offer capability \"gpu\"." The
/// counts add up to the number of nodes. `reasons` holds each node's WhyNot.
std::string Summarise(const std::vector<std::string>& reasons);

}  // namespace noizy::scheduler
