// diagnose: asks the control plane to ask a model what is wrong with a Task or a Node, and waits
// for what it says.
#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/targets.h"
#include "cli/text.h"
#include "cli/waiting.h"
#include "machinery/diagnosis/report.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"policy", 0, FlagKind::kText, "NAME", "the RoutingPolicy whose models are asked"},
    {"timeout", 0, FlagKind::kText, "DURATION", "give up after this long; 2m by default"},
    {"output", 'o', FlagKind::kText, "FORMAT", "json, yaml, jsonpath=…"}};

Result<Target> TargetOf(Invocation& invocation) {
  NOIZY_ASSIGN_OR_RETURN(std::vector<Target> targets, NamedTargets(invocation));
  if (targets.size() != 1) return WrongUsage("say what to diagnose: task/NAME or node/NAME");
  const ResourceRef& resource = targets.front().kind.resource;
  const bool known = resource.plural == "tasks" || resource.plural == "nodes";
  if (resource.group != "noizy.dev" || !known)
    return WrongUsage("diagnose is about Tasks and Nodes: task/NAME or node/NAME");
  return std::move(targets.front());
}

Status Request(const Session& session, const Target& target, std::string_view policy) {
  Value patch;
  Set(patch, {"metadata", "annotations", diagnosis::kRequestAnnotation}, Value(policy));
  return session.client()
      .Patch(target.kind.resource, target.Key(), PatchType::kMerge, patch,
             {.field_manager = "noizy-diagnose"})
      .status();
}

/// The report, once the request is gone: whoever answers it takes it away.
Result<std::string> WaitForReport(Invocation& invocation, const Target& target,
                                  const WaitLimits& limits) {
  bool gone = false;
  std::string report;
  const auto answered = [&](const Value* object) {
    gone = object == nullptr;
    if (gone) return true;
    const ValuePath request = {"metadata", "annotations", diagnosis::kRequestAnnotation};
    report = StringAt(*object, {"metadata", "annotations", diagnosis::kReportAnnotation});
    return noizy::Find(*object, request) == nullptr;
  };
  NOIZY_RETURN_IF_ERROR(WaitForObject(invocation, target, limits, answered));
  if (gone) return NotFound(target.kind.resource.Resource(), target.name);
  return report;
}

void Print(std::ostream& out, const Target& target, const diagnosis::Report& report) {
  const diagnosis::Answer& answer = report.answer;
  out << target.Shown() << ": " << Printable(answer.root_cause) << "\n";
  if (!answer.recommended_actions.empty()) out << "\nRecommended:\n";
  for (std::size_t i = 0; i < answer.recommended_actions.size(); ++i)
    out << "  " << i + 1 << ". " << Printable(answer.recommended_actions[i]) << "\n";
  out << "\nRisk " << answer.risk_level << " of 10, " << answer.confidence << " confidence\n";
  out << "Said by " << Printable(report.provider) << " (" << Printable(report.model)
      << ") of policy " << Printable(report.policy) << " at " << Printable(report.time) << ", "
      << report.latency_ms << " ms, " << report.input_tokens << " + " << report.output_tokens
      << " tokens\n";
}

Result<int> RunDiagnose(Invocation& invocation) {
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage("flag --output: " + format.status().message());
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout,
                         invocation.flags().Span("timeout", std::chrono::minutes(2)));
  NOIZY_ASSIGN_OR_RETURN(const Target target, TargetOf(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_RETURN_IF_ERROR(Request(*session, target, invocation.flags().Text("policy")));
  const WaitLimits limits{.deadline = invocation.environment().clock.Monotonic() + timeout,
                          .interrupted = {}};
  NOIZY_ASSIGN_OR_RETURN(const std::string text, WaitForReport(invocation, target, limits));
  const Result<diagnosis::Report> report = diagnosis::ReadReport(text);
  if (!report.ok()) return report.status().WithContext("the answer cannot be read");
  if (!report->error.empty())
    return Status(StatusReason::kUnknown, "no diagnosis: " + report->error);
  if (format->is_table()) {
    Print(invocation.out(), target, *report);
  } else {
    NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
    invocation.out() << PrintObject(*format, document);
  }
  return kExitOk;
}

}  // namespace

const Command kDiagnose = {
    .name = "diagnose",
    .usage = "task/NAME | node/NAME",
    .summary = "Ask a model what is wrong with a task or a node",
    .details =
        "The control plane gathers what it knows, takes out secrets, and asks the models of "
        "a RoutingPolicy: the one named, else the task's, else the only one with providers. "
        "The answer is kept in the annotation noizy.dev/diagnosis; nothing is done by it.",
    .flags = kFlags,
    .run = RunDiagnose};

}  // namespace noizy::cli
