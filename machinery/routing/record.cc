#include "machinery/routing/record.h"

#include <chrono>
#include <utility>

#include "machinery/model/provider.h"
#include "machinery/pki/pki.h"
#include "machinery/value/json.h"

namespace noizy::routing {
namespace {

Status Differs(std::string_view what) {
  std::string message("the record's ");
  message.append(what);
  return BadRequest(std::move(message));
}

// A byte more than an answer may have, so that what was too long still is; whole characters.
std::string Beginning(std::string text) {
  const std::size_t most = kMostAnswerBytes + 4;
  if (text.size() <= most) return text;
  std::size_t end = most;
  while ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

// Whether the answer was one, by what the record says was done.
bool WasUsed(const RoutingRecord& record) {
  return record.outcome == "Followed" || record.outcome == "Recorded" || record.outcome == "Late";
}

Status ReplayAnswer(const RoutingRecord& record) {
  const Result<Answer> answer = ReadAnswer(record.raw_answer, record.candidate_nodes.size());
  if (!WasUsed(record)) {
    const bool refused = record.outcome == "AnswerInvalid";
    if (refused && answer.ok()) return Differs("rawAnswer is an answer, but was refused");
    return record.answer_node.empty() ? Status::Ok() : Differs("answerNode is of no answer");
  }
  if (!answer.ok()) return Differs("rawAnswer is none: " + answer.status().message());
  if (record.candidate_nodes[answer->candidate] != record.answer_node)
    return Differs("answerNode is not the one that its rawAnswer chooses");
  if (answer->task_class != record.task_class) return Differs("taskClass is not its rawAnswer's");
  return Status::Ok();
}

}  // namespace

Verdict VerdictOf(const Question& question, const model::Outcome& outcome) {
  Verdict verdict;
  if (!outcome.answer) return verdict;
  Result<Answer> answer = ReadAnswer(outcome.answer->text, question.nodes.size());
  if (!answer.ok()) return verdict;
  verdict.node = question.nodes[answer->candidate];
  verdict.answer = std::move(*answer);
  return verdict;
}

RoutingRecord RecordOf(const Question& question, const model::Outcome& outcome,
                       const std::string& mode, const std::string& done) {
  RoutingRecord record;
  record.mode = mode;
  record.inputs = ToJson(question.inputs);
  record.inputs_hash = Sha256Hex(record.inputs);
  record.prompt_hash = PromptHash(PromptOf(question.inputs));
  record.candidate_nodes = question.nodes;
  record.provider = outcome.provider;
  record.latency_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.latency).count();
  record.input_tokens = outcome.usage.input;
  record.output_tokens = outcome.usage.output;
  record.cost_usd = model::FormatDollars(outcome.nanodollars);
  const Verdict verdict = VerdictOf(question, outcome);
  record.outcome = verdict.answer ? done : outcome.reason;
  record.message = verdict.answer ? verdict.answer->reason : outcome.message;
  if (outcome.answer) {
    record.model = outcome.answer->model;
    record.raw_answer = outcome.answer->text;
  } else {
    record.raw_answer = Beginning(outcome.refused_text);
  }
  if (verdict.answer) {
    record.answer_node = verdict.node;
    record.task_class = verdict.answer->task_class;
    record.estimate_seconds = verdict.answer->estimate_seconds;
    record.confidence = verdict.answer->confidence;
  }
  return record;
}

Status Replay(const RoutingRecord& record) {
  if (Sha256Hex(record.inputs) != record.inputs_hash)
    return Differs("inputs are not what was asked");
  const Result<Value> inputs = ParseJson(record.inputs);
  if (!inputs.ok()) return Differs("inputs are no JSON");
  if (PromptHash(PromptOf(*inputs)) != record.prompt_hash)
    return Differs("prompt is another one now: it was asked by another version");
  const Array* candidates = ArrayAt(*inputs, {"candidates"});
  if (candidates == nullptr || candidates->size() != record.candidate_nodes.size())
    return Differs("candidateNodes are not those of its inputs");
  return ReplayAnswer(record);
}

}  // namespace noizy::routing
