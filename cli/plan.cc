// plan: where the Tasks of some files would run, and why, with nothing written.
#include <map>

#include "cli/commands.h"
#include "cli/grid_copy.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "cli/writing.h"
#include "machinery/client/typed.h"
#include "machinery/scheduling/decide.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kFilenameFlag, kRecursiveFlag, kSelectorFlag};

/// One pass decides on everything that is there.
constexpr std::size_t kNoLimit = 1'000'000;

/// The Task as the server would store it: defaults filled in, or its refusal. One that exists is
/// planned as it is there.
Result<Task> AsStored(Session& session, const Manifest& manifest) {
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session.discovery());
  NOIZY_ASSIGN_OR_RETURN(const ServedKind kind, KindOfObject(*discovery, manifest.object));
  NOIZY_ASSIGN_OR_RETURN(const std::string ns,
                         NamespaceFor(session, kind, manifest.object, manifest.origin));
  const Value object = WithNamespace(manifest.object, ns);
  Result<Value> stored = session.client().Create(kind.resource, ns, object, {.dry_run = true});
  if (!stored.ok() && stored.status().reason() == StatusReason::kAlreadyExists)
    stored = session.client().Get(kind.resource, KeyOf(object));
  if (!stored.ok()) return stored.status();
  return Task::FromValue(*stored);
}

/// What the plan says of each Task.
class Sayings {
 public:
  explicit Sayings(const scheduling::Plan& plan) {
    for (const scheduling::Binding& binding : plan.bindings)
      rows_[binding.task] = {binding.node, binding.strategy, binding.reason};
    for (const scheduling::Unschedulable& waiting : plan.unschedulable) {
      for (const ObjectKey& task : waiting.tasks)
        rows_.insert_or_assign(task, Row{"<waits>", waiting.reason, waiting.message});
    }
  }
  std::vector<std::string> Of(const Task& task) const {
    const std::string shown = "task/" + task.metadata.name;
    if (!task.status.node_name.empty())
      return {shown, task.status.node_name, task.status.phase, "it is there already"};
    const auto said = rows_.find(task.metadata.Key());
    if (said != rows_.end()) return {shown, said->second.node, said->second.how, said->second.why};
    if (task.spec.suspend) return {shown, "<waits>", "Suspended", "the Task is suspended"};
    return {shown, "<waits>", "-", "it is not the scheduler's to place now"};
  }

 private:
  struct Row {
    std::string node;
    std::string how;
    std::string why;
  };
  std::map<ObjectKey, Row> rows_;
};

Result<int> RunPlan(Invocation& invocation) {
  if (!invocation.flags().Has("filename") || !invocation.words().empty())
    return WrongUsage("say what to plan: -f FILE");
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Manifest> manifests, SelectedManifests(invocation));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const auto copy, CopyGrid(*session));
  std::vector<Task> planned;
  int code = kExitOk;
  for (const Manifest& manifest : manifests) {
    if (StringAt(manifest.object, {"kind"}) != "Task") continue;
    Result<Task> task = AsStored(*session, manifest);
    if (!task.ok()) {
      invocation.Say(task.status().WithContext(manifest.origin));
      code = kExitFailed;
      continue;
    }
    if (task->spec.depends_on.empty()) copy->Add(*task);
    planned.push_back(*std::move(task));
  }
  const scheduling::Plan plan = scheduling::Decide(copy->grid, invocation.environment().clock.Now(),
                                                   {.bindings = kNoLimit, .held = kNoLimit});
  const Sayings sayings(plan);
  TextTable table;
  table.AddRow({"TASK", "NODE", "BY", "WHY"});
  for (const Task& task : planned) {
    if (task.spec.depends_on.empty() || !task.status.node_name.empty()) {
      table.AddRow(sayings.Of(task));
    } else {
      table.AddRow({"task/" + task.metadata.name, "<waits>", "Dependencies",
                    "it is placed once the Tasks that it depends on have succeeded"});
    }
  }
  if (!planned.empty()) invocation.out() << table.Print();
  for (const scheduling::Eviction& eviction : plan.evictions)
    invocation.out() << "task/" << eviction.task.name << " would leave: " << eviction.message
                     << "\n";
  return code;
}

}  // namespace

const Command kPlan = {
    .name = "plan",
    .usage = "-f FILE",
    .summary = "Show where tasks would run and why, with nothing written",
    .details =
        "The server checks the tasks; the decision is the scheduler's own, made here "
        "on a copy of the grid. Tasks that wait already go first, as they would.",
    .flags = kFlags,
    .run = RunPlan};

}  // namespace noizy::cli
