#include "controllers/diagnosis/question.h"

#include <algorithm>
#include <set>
#include <utility>

#include "kinds/event.h"
#include "kinds/secret.h"
#include "machinery/client/typed.h"
#include "machinery/diagnosis/evidence.h"
#include "machinery/meta/time.h"
#include "machinery/routing/question.h"
#include "machinery/value/base64.h"

namespace noizy::diagnosis {
namespace {

constexpr std::string_view kTailLines = "200";
// Of a log with very long lines.
constexpr std::size_t kMostRead = 256 * 1024;

// What cannot be told is left out: a diagnosis can do without.
std::vector<Event> EventsAbout(const Client& client, std::string_view kind,
                               const ObjectMeta& object) {
  ListQuery query;
  query.field_selector = "involvedObject.kind=";
  query.field_selector.append(kind).append(",involvedObject.name=").append(object.name);
  auto events = TypedClient<Event>(client).List(object.ns, query);
  if (!events.ok()) return {};
  std::ranges::stable_sort(events->items, {}, &Event::last_timestamp);
  return std::move(events->items);
}

Status HideSecret(const Client& client, const ObjectKey& key, Redactor& redactor) {
  NOIZY_ASSIGN_OR_RETURN(const Secret secret, TypedClient<Secret>(client).Get(key));
  for (const auto& [name, encoded] : secret.data) {
    NOIZY_ASSIGN_OR_RETURN(const std::string value, DecodeBase64(encoded));
    redactor.Hide(value);
  }
  return Status::Ok();
}

// Everything of every Secret that the Task names, and variables that look like one.
Status HideSecretsOf(const Task& task, const Client& client, Redactor& redactor) {
  std::set<std::string> names;
  for (const TaskEnvVar& variable : task.spec.env) {
    if (NamesASecret(variable.name)) redactor.Hide(variable.value);
    if (variable.value_from) names.insert(variable.value_from->secret_key_ref.name);
  }
  Status hidden;
  for (const std::string& name : names) {
    const Status one = HideSecret(client, {task.metadata.ns, name}, redactor);
    if (!one.ok()) hidden = one;
  }
  return hidden;
}

std::string LastBytes(std::string text) {
  if (text.size() <= kMostRead) return text;
  text.erase(0, text.size() - kMostRead);
  // What is left of a line that was cut could be half a secret.
  const std::size_t line = text.find('\n');
  return line == std::string::npos ? std::string() : text.substr(line + 1);
}

// The log's end, or the end of what it printed when the log cannot be read.
std::string OutputOf(const Task& task, const Client& client) {
  if (task.status.attempt == 0) return {};
  std::string path = ResourceOf<Task>().Path(task.metadata.ns, task.metadata.name, "log");
  path.append("?tailLines=").append(kTailLines);
  Result<std::string> log = client.GetRaw(path, "text/plain, */*");
  return LastBytes(log.ok() && !log->empty() ? std::move(*log) : task.status.result);
}

Value GatherTask(const Question& question, const Client& client) {
  const Task& task = *question.task;
  Redactor redactor;
  const Status hidden = HideSecretsOf(task, client, redactor);
  TaskFacts facts{.task = task, .node = question.node.get()};
  facts.events = EventsAbout(client, Task::kKind, task.metadata);
  facts.shows_source = question.shows_text && hidden.ok();
  if (!question.shows_text) {
    facts.no_log = "The policy shows nothing of it.";
  } else if (!hidden.ok()) {
    facts.no_log = "A Secret of the task cannot be read, so that its value might be shown: " +
                   hidden.message();
  } else {
    facts.log = OutputOf(task, client);
  }
  return EvidenceOf(facts, redactor);
}

Report ReportOf(const model::Outcome& outcome) {
  Report report;
  report.provider = outcome.provider;
  report.latency_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.latency).count();
  report.input_tokens = outcome.usage.input;
  report.output_tokens = outcome.usage.output;
  if (!outcome.answer) {
    report.error = outcome.reason + ": " + outcome.message;
    return report;
  }
  report.model = outcome.answer->model;
  // It was accepted, and so it is read.
  Result<Answer> answer = ReadAnswer(outcome.answer->text);
  if (answer.ok()) report.answer = std::move(*answer);
  return report;
}

}  // namespace

Value Gather(const Question& question, const Client& client) {
  if (question.task) return GatherTask(question, client);
  const NodeFacts facts{.node = *question.node,
                        .events = EventsAbout(client, Node::kKind, question.node->metadata),
                        .failures = question.failures};
  return EvidenceOf(facts, Redactor());
}

Report Ask(const Question& question, const Client& client, const Clock& clock,
           const model::Asker& ask) {
  const model::ChatRequest prompt = PromptOf(Gather(question, client));
  Report report = ReportOf(ask(prompt, question.deadline, [](const model::ChatAnswer& answer) {
    return ReadAnswer(answer.text).status();
  }));
  report.policy = question.policy;
  report.time = FormatTime(clock.Now());
  report.prompt_hash = routing::PromptHash(prompt);
  if (question.task) report.phase = question.task->status.phase;
  return report;
}

}  // namespace noizy::diagnosis
