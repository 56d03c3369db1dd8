// From the scheduling core's question to a model's, and from what came of that back to the core:
// all of the asking that needs neither a model nor a thread. Pure.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/model/model_client.h"
#include "machinery/routing/question.h"
#include "machinery/scheduling/advisor.h"

namespace noizy::routing_policy {

/// Null for a node that is gone.
using NodeSource = std::function<std::shared_ptr<const Node>(const std::string&)>;

/// What the models of a policy are asked; empty when there is nothing to choose. `task` is null
/// when it is gone.
std::optional<routing::Question> QuestionOf(const scheduling::Question& asked,
                                            const routing::Terms& terms,
                                            std::string_view visibility, const Task* task,
                                            const NodeSource& nodes);

/// Ok for what counts as an answer to it.
model::ModelClient::Accept AcceptFor(const routing::Question& question);

/// What the core is told of `outcome`, of asking `question` under a policy of that mode, and the
/// record of it.
scheduling::Reply ReplyOf(const routing::Question& question, const model::Outcome& outcome,
                          const std::string& mode);

}  // namespace noizy::routing_policy
