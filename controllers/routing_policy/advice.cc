#include "controllers/routing_policy/advice.h"

#include <chrono>
#include <utility>
#include <vector>

#include "controllers/routing_policy/features.h"
#include "machinery/routing/record.h"

namespace noizy::routing_policy {
namespace {

Result<scheduling::Advice> AdviceOf(const routing::Question& question,
                                    const model::Outcome& outcome) {
  const routing::Verdict verdict = routing::VerdictOf(question, outcome);
  if (!verdict.answer) return Unavailable(outcome.reason + ": " + outcome.message);
  scheduling::Advice advice;
  advice.node = verdict.node;
  advice.decided_by = outcome.provider;
  advice.model = outcome.answer->model;
  advice.reason = verdict.answer->reason;
  advice.run_seconds = verdict.answer->estimate_seconds;
  advice.latency_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.latency).count();
  return advice;
}

}  // namespace

std::optional<routing::Question> QuestionOf(const scheduling::Question& asked,
                                            const routing::Terms& terms,
                                            std::string_view visibility, const Task* task,
                                            const NodeSource& nodes) {
  std::vector<routing::Offer> offers;
  for (const scheduling::Candidate& candidate : asked.candidates) {
    const auto node = nodes(candidate.node);
    offers.push_back({candidate.node, candidate.finish_seconds.value_or(0),
                      node ? FeaturesOf(*node) : Value(Object{})});
  }
  return routing::MakeQuestion(terms, FeaturesOf(asked.like, task, visibility), std::move(offers));
}

model::ModelClient::Accept AcceptFor(const routing::Question& question) {
  return [candidates = question.nodes.size()](const model::ChatAnswer& answer) {
    return routing::ReadAnswer(answer.text, candidates).status();
  };
}

scheduling::Reply ReplyOf(const routing::Question& question, const model::Outcome& outcome,
                          const std::string& mode) {
  const std::string used = mode == "Shadow" ? "Recorded" : "Followed";
  return {AdviceOf(question, outcome),
          std::make_shared<const RoutingRecord>(routing::RecordOf(question, outcome, mode, used))};
}

}  // namespace noizy::routing_policy
