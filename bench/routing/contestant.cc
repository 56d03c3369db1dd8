#include "bench/routing/contestant.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "controllers/routing_policy/advice.h"

namespace noizy::bench {

RoutingPolicy PolicyOf(const Contestant& contestant) {
  RoutingPolicy policy;
  policy.metadata.name = "contestant";
  policy.metadata.generation = 1;
  policy.spec.strategy = contestant.strategy;
  if (contestant.strategy != scheduling::kAiStrategy) return policy;
  RoutingAi& ai = policy.spec.ai.emplace();
  ai.mode = "Wait";
  ai.band_percent = contestant.band_percent;
  ai.payload_visibility = "Full";
  return policy;
}

scheduling::Reply Consult(const Contestant& contestant, const scheduling::Question& question,
                          const Task* task, const std::vector<Node>& nodes) {
  const RoutingPolicy policy = PolicyOf(contestant);
  const RoutingAi& ai = *policy.spec.ai;
  routing::Terms terms;
  terms.policy = policy.metadata.name;
  terms.generation = policy.metadata.generation;
  terms.band_percent = ai.band_percent;
  const auto named = [&](const std::string& name) -> std::shared_ptr<const Node> {
    const auto found =
        std::ranges::find_if(nodes, [&](const Node& node) { return node.metadata.name == name; });
    if (found == nodes.end()) return nullptr;
    return {std::shared_ptr<const Node>(), &*found};
  };
  const auto asked =
      routing_policy::QuestionOf(question, terms, ai.payload_visibility, task, named);
  if (!asked) return Unavailable("there is only one node to choose");
  const model::Outcome outcome = contestant.asker(
      routing::PromptOf(asked->inputs), question.deadline, routing_policy::AcceptFor(*asked));
  return routing_policy::ReplyOf(*asked, outcome, ai.mode);
}

}  // namespace noizy::bench
