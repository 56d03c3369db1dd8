// What is kept of a question and its answer with the Task that it was about, and how the decision
// is repeated from that alone.
#pragma once

#include <optional>
#include <string>

#include "kinds/task.h"
#include "machinery/base/status.h"
#include "machinery/model/model_client.h"
#include "machinery/routing/answer.h"
#include "machinery/routing/question.h"

namespace noizy::routing {

/// What became of a question.
struct Verdict {
  /// Present when the model gave an answer of the schema.
  std::optional<Answer> answer;
  /// The node that the answer stands for; "" without one.
  std::string node;
};

/// What `outcome`, of asking `question`, stands for.
Verdict VerdictOf(const Question& question, const model::Outcome& outcome);

/// The record of it. `mode` and what was done with the answer ("Followed", "Recorded", "Late") are
/// the caller's; without an answer the outcome's reason stands there.
RoutingRecord RecordOf(const Question& question, const model::Outcome& outcome,
                       const std::string& mode, const std::string& done);

/// Decides again from the record, without a model. Ok when everything comes out as it was; else
/// what does not.
Status Replay(const RoutingRecord& record);

}  // namespace noizy::routing
