// optimize: asks the control plane to ask a model where all Tasks that wait should go, shows its
// plan beside the scheduler's own, and applies it only where that is asked for.
#include "cli/commands.h"
#include "cli/printer.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "cli/text.h"
#include "cli/waiting.h"
#include "kinds/routingpolicy.h"
#include "machinery/allocation/report.h"
#include "machinery/client/typed.h"
#include "machinery/meta/time.h"
#include "machinery/value/json.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"policy", 0, FlagKind::kText, "NAME", "the RoutingPolicy whose models are asked"},
    {"apply", 0, FlagKind::kSwitch, "", "have the scheduler follow the plan"},
    {"hold", 0, FlagKind::kText, "DURATION",
     "how long tasks may wait for the plan's nodes; 10m by default, 1h at most"},
    {"timeout", 0, FlagKind::kText, "DURATION", "give up after this long; 2m by default"},
    {"output", 'o', FlagKind::kText, "FORMAT", "json, yaml, jsonpath=…"}};

constexpr std::string_view kWaits = "<waits>";

/// The policy that is named, else the only one with models.
Result<std::string> PolicyOf(const Session& session, std::string named) {
  NOIZY_ASSIGN_OR_RETURN(const auto policies, TypedClient<RoutingPolicy>(session.client()).List());
  std::string names;
  std::vector<std::string> with_models;
  for (const RoutingPolicy& policy : policies.items) {
    if (policy.metadata.name == named) return named;
    if (policy.spec.ai && !policy.spec.ai->providers.empty())
      with_models.push_back(policy.metadata.name);
  }
  if (!named.empty()) return BadRequest("there is no RoutingPolicy \"" + named + "\"");
  if (with_models.empty())
    return BadRequest("no RoutingPolicy names a provider under spec.ai.providers");
  if (with_models.size() == 1) return with_models.front();
  std::string message = "several RoutingPolicies have providers, name one with --policy:";
  for (const std::string& name : with_models) message.append(" ").append(name);
  return BadRequest(std::move(message));
}

/// There is nothing to ask discovery about: it is a kind of ours.
Target TargetNamed(const std::string& policy) {
  Target target;
  target.kind.resource = ResourceOf<RoutingPolicy>();
  target.kind.kind = RoutingPolicy::kKind;
  target.kind.singular = "routingpolicy";
  target.name = policy;
  return target;
}

Status Annotate(const Session& session, const Target& target, std::string_view name,
                std::string_view value) {
  Value patch;
  Set(patch, {"metadata", "annotations", name}, Value(value));
  return session.client()
      .Patch(target.kind.resource, target.Key(), PatchType::kMerge, patch,
             {.field_manager = "noizy-optimize"})
      .status();
}

/// The report, once the request is gone: whoever answers it takes it away.
Result<std::string> WaitForReport(Invocation& invocation, const Target& target, Duration timeout) {
  bool gone = false;
  std::string report;
  const auto answered = [&](const Value* object) {
    gone = object == nullptr;
    if (gone) return true;
    report = StringAt(*object, {"metadata", "annotations", allocation::kReportAnnotation});
    const ValuePath request = {"metadata", "annotations", allocation::kRequestAnnotation};
    return noizy::Find(*object, request) == nullptr;
  };
  const WaitLimits limits{.deadline = invocation.environment().clock.Monotonic() + timeout,
                          .interrupted = {}};
  NOIZY_RETURN_IF_ERROR(WaitForObject(invocation, target, limits, answered));
  if (gone) return NotFound(target.kind.resource.Resource(), target.name);
  return report;
}

std::string Change(const allocation::Line& line) {
  if (!line.dropped.empty()) return "dropped: " + line.dropped;
  if (line.place.node.empty()) return "left to the scheduler";
  const std::string when = line.fits_now ? "now" : "once it has room";
  return line.place.node == line.own_node ? "the same" : when;
}

std::string OrWaits(const std::string& node) {
  return node.empty() ? std::string(kWaits) : node;
}

void Print(std::ostream& out, const allocation::Report& report) {
  TextTable table;
  table.AddRow({"NAMESPACE", "TASK", "SCHEDULER", "PLAN", "CHANGE"});
  for (const allocation::Line& line : report.lines) {
    table.AddRow({line.place.task.ns, line.place.task.name, OrWaits(line.own_node),
                  line.place.node.empty() ? "-" : line.place.node, Change(line)});
  }
  out << table.Print() << "\n"
      << Printable(report.reason) << " (" << Printable(report.confidence) << " confidence)\n"
      << "Said by " << Printable(report.provider) << " (" << Printable(report.model) << ") at "
      << Printable(report.time) << ", " << report.latency_ms << " ms, " << report.input_tokens
      << " + " << report.output_tokens << " tokens\n";
}

Status Apply(Invocation& invocation, const Session& session, const Target& target,
             const allocation::Report& report, Duration hold) {
  const scheduling::AppliedPlan plan =
      allocation::PlanOf(report, invocation.environment().clock.Now() + hold);
  if (plan.places.empty())
    return BadRequest("the plan names no node, so there is nothing to apply");
  NOIZY_RETURN_IF_ERROR(
      Annotate(session, target, scheduling::kAppliedPlanAnnotation, ToText(plan)));
  invocation.err() << "applied to " << plan.places.size() << " tasks until "
                   << FormatTime(plan.until) << "\n";
  return Status::Ok();
}

Result<int> RunOptimize(Invocation& invocation) {
  if (!invocation.words().empty()) return WrongUsage("optimize takes no words, only flags");
  Result<OutputFormat> format = OutputFormat::Parse(invocation.flags().Text("output"));
  if (!format.ok()) return WrongUsage("flag --output: " + format.status().message());
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout,
                         invocation.flags().Span("timeout", std::chrono::minutes(2)));
  NOIZY_ASSIGN_OR_RETURN(const Duration hold,
                         invocation.flags().Span("hold", std::chrono::minutes(10)));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const std::string policy,
                         PolicyOf(*session, std::string(invocation.flags().Text("policy"))));
  const Target target = TargetNamed(policy);
  NOIZY_RETURN_IF_ERROR(Annotate(*session, target, allocation::kRequestAnnotation, ""));
  NOIZY_ASSIGN_OR_RETURN(const std::string text, WaitForReport(invocation, target, timeout));
  const auto report = allocation::ReadReport(text);
  if (!report.ok()) return report.status().WithContext("the answer cannot be read");
  if (!report->error.empty()) return Status(StatusReason::kUnknown, "no plan: " + report->error);
  if (format->is_table()) {
    Print(invocation.out(), *report);
  } else {
    NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
    invocation.out() << PrintObject(*format, document);
  }
  if (invocation.flags().On("apply"))
    NOIZY_RETURN_IF_ERROR(Apply(invocation, *session, target, *report, hold));
  return kExitOk;
}

}  // namespace

const Command kOptimize = {
    .name = "optimize",
    .usage = "[--policy NAME] [--apply]",
    .summary = "Ask a model where the tasks that wait should go",
    .details =
        "The control plane asks the models of a RoutingPolicy, the one named or the only one with "
        "providers, and drops what no node could do. The plan is shown beside the scheduler's own. "
        "With --apply the scheduler gives each task the plan's node where that can run it, and "
        "waits for it where it is full; noizy annotate routingpolicy/NAME noizy.dev/applied-plan- "
        "ends that.",
    .flags = kFlags,
    .run = RunOptimize};

}  // namespace noizy::cli
