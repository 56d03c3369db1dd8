#include "machinery/allocation/report.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include "machinery/allocation/answer.h"
#include "machinery/meta/time.h"
#include "machinery/routing/question.h"
#include "machinery/scheduling/decide.h"
#include "machinery/value/json.h"
#include "machinery/value/members.h"

namespace noizy::allocation {
namespace {

// The policy that a plan is tried under; it exists nowhere else.
constexpr std::string_view kTrial = "trial";
// A reason is for reading; the annotation has room for all of them.
constexpr std::size_t kMostOwnReason = 300;

Line LineOf(const Question& question, const Waiting& task,
            const std::optional<std::size_t>& chosen) {
  Line line{task.place, task.place.node, task.own_reason.substr(0, kMostOwnReason), false, {}};
  line.place.node.clear();
  if (!chosen) return line;
  const std::string& node = question.nodes[*chosen];
  if (std::ranges::find(task.choices, *chosen) == task.choices.end()) {
    line.dropped = "node " + node + " could not run it";
  } else {
    line.place.node = node;
  }
  return line;
}

/// The grid as it would be with the plan applied.
scheduling::GridObjects With(const Report& report, scheduling::GridObjects objects, WallTime now) {
  auto policy = std::make_shared<RoutingPolicy>();
  policy->metadata.name = kTrial;
  // It matches no Task: plans count for the Tasks that they name.
  policy->spec.task_types = {std::string(kTrial)};
  policy->metadata.annotations[std::string(scheduling::kAppliedPlanAnnotation)] =
      scheduling::ToText(PlanOf(report, now + scheduling::kLongestPlan));
  objects.policies.push_back(std::move(policy));
  return objects;
}

/// Tries the plan in the scheduler's own core.
void Try(Report& report, const scheduling::GridObjects& objects, WallTime now) {
  scheduling::GridCopy copy(With(report, objects, now));
  const scheduling::Plan plan =
      scheduling::Decide(copy.grid, now, {.bindings = 1'000'000, .held = 1'000'000});
  std::set<std::pair<ObjectKey, std::string>> bound;
  for (const scheduling::Binding& binding : plan.bindings)
    bound.insert({binding.task, binding.node});
  for (Line& line : report.lines)
    line.fits_now = bound.contains({line.place.task, line.place.node});
}

constexpr std::array kTexts = {TextMember<Report>{"error", &Report::error},
                               TextMember<Report>{"confidence", &Report::confidence},
                               TextMember<Report>{"reason", &Report::reason},
                               TextMember<Report>{"provider", &Report::provider},
                               TextMember<Report>{"model", &Report::model},
                               TextMember<Report>{"time", &Report::time},
                               TextMember<Report>{"promptHash", &Report::prompt_hash}};

constexpr std::array kFigures = {FigureMember<Report>{"latencyMs", &Report::latency_ms},
                                 FigureMember<Report>{"inputTokens", &Report::input_tokens},
                                 FigureMember<Report>{"outputTokens", &Report::output_tokens}};

Object ToObject(const Line& line) {
  return {{"namespace", line.place.task.ns}, {"name", line.place.task.name},
          {"uid", line.place.uid},           {"attempt", line.place.attempt},
          {"node", line.place.node},         {"fitsNow", line.fits_now},
          {"schedulerNode", line.own_node},  {"schedulerReason", line.own_reason},
          {"dropped", line.dropped}};
}

Line ReadLine(const Value& value) {
  Line line;
  line.place.task = {std::string(StringAt(value, {"namespace"})),
                     std::string(StringAt(value, {"name"}))};
  line.place.uid = StringAt(value, {"uid"});
  line.place.attempt = IntAt(value, {"attempt"}).value_or(0);
  line.place.node = StringAt(value, {"node"});
  const Value* fits = Find(value, {"fitsNow"});
  line.fits_now = fits != nullptr && fits->is_bool() && fits->get_bool();
  line.own_node = StringAt(value, {"schedulerNode"});
  line.own_reason = StringAt(value, {"schedulerReason"});
  line.dropped = StringAt(value, {"dropped"});
  return line;
}

}  // namespace

Report ReportOf(const Question& question, const model::Outcome& outcome,
                const scheduling::GridObjects& objects, WallTime now) {
  Report report;
  report.provider = outcome.provider;
  report.time = FormatTime(now);
  report.prompt_hash = routing::PromptHash(question.prompt);
  report.latency_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(outcome.latency).count();
  report.input_tokens = outcome.usage.input;
  report.output_tokens = outcome.usage.output;
  report.error = outcome.reason + ": " + outcome.message;
  if (!outcome.answer) return report;
  report.model = outcome.answer->model;
  const Result<Answer> answer =
      ReadAnswer(outcome.answer->text, question.tasks.size(), question.nodes.size());
  report.error = answer.status().message();
  if (!answer.ok()) return report;
  report.confidence = answer->confidence;
  report.reason = answer->reason;
  for (std::size_t i = 0; i < question.tasks.size(); ++i)
    report.lines.push_back(LineOf(question, question.tasks[i], answer->nodes[i]));
  Try(report, objects, now);
  return report;
}

scheduling::AppliedPlan PlanOf(const Report& report, WallTime until) {
  scheduling::AppliedPlan plan;
  plan.made = ParseTime(report.time).ValueOr({});
  plan.until = until;
  plan.provider = report.provider;
  plan.model = report.model;
  plan.prompt_hash = report.prompt_hash;
  plan.reason = report.reason;
  for (const Line& line : report.lines) {
    if (!line.place.node.empty()) plan.places.push_back(line.place);
  }
  return plan;
}

std::string ToText(const Report& report) {
  Object object;
  WriteMembers(report, kTexts, kFigures, object);
  Array lines;
  for (const Line& line : report.lines) lines.emplace_back(ToObject(line));
  if (report.error.empty()) object["tasks"] = std::move(lines);
  return ToJson(object);
}

Result<Report> ReadReport(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
  Report report;
  ReadMembers(document, kTexts, kFigures, report);
  if (!report.error.empty()) return report;
  const Array* lines = ArrayAt(document, {"tasks"});
  if (lines == nullptr || lines->size() > scheduling::kMostPlaces)
    return BadRequest("it lists no Tasks, or more than a plan may");
  for (const Value& line : *lines) report.lines.push_back(ReadLine(line));
  return report;
}

}  // namespace noizy::allocation
