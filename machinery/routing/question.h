// The question that a model is asked about one Task: what is known of the Task and of the nodes
// among which it may choose, under opaque ids.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/model/chat.h"
#include "machinery/value/value.h"

namespace noizy::routing {

/// Nodes that a model chooses among, at most: the more, the worse it chooses.
inline constexpr std::size_t kMostCandidates = 5;

/// What a RoutingPolicy says about asking.
struct Terms {
  std::string policy;
  std::int64_t generation = 0;
  /// The model chooses among nodes whose predicted finish is within this share of the best one's.
  double band_percent = 25;
  /// The operator's words.
  std::string instructions;
  std::optional<double> temperature;
};

/// A feasible node.
struct Offer {
  std::string node;
  double finish_seconds = 0;
  /// What the model may know of it: numbers and words of a closed set, never its name or labels.
  Value features;
};

/// A question as it is asked and recorded. Everything that the prompt says comes from `inputs`, so
/// that whoever has these bytes can ask again.
struct Question {
  /// {"policy", "generation", "bandPercent", "instructions", "temperature", "task", "candidates":
  /// [{"id", "finishSeconds", …}]}.
  Value inputs;
  /// The nodes behind the ids, c1 first.
  std::vector<std::string> nodes;
};

/// Empty when there is nothing to choose: fewer than two of the offers are within the band.
/// The ids' order is drawn from what the model sees, so that neither names nor the order of the
/// offers can move its choice.
std::optional<Question> MakeQuestion(const Terms& terms, Value task, std::vector<Offer> offers);

model::ChatRequest PromptOf(const Value& inputs);
/// SHA-256 of the prompt in hexadecimal.
std::string PromptHash(const model::ChatRequest& prompt);

}  // namespace noizy::routing
