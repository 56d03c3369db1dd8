// drain: cordon a node, ask its Tasks to leave, wait until they have.
#include <algorithm>

#include "cli/commands.h"
#include "cli/targets.h"
#include "cli/waiting.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/client/typed.h"
#include "machinery/meta/condition.h"
#include "machinery/meta/time.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {
    {"timeout", 0, FlagKind::kText, "DURATION", "how long to wait, such as 5m (10m)"},
    {"ignore-bound", 0, FlagKind::kSwitch, "",
     "leave Tasks that may run nowhere else (Pinned, or with a nodeName) where they are"},
    {"dry-run", 0, FlagKind::kSwitch, "", "say what would leave, and change nothing"}};

// Somebody else writes a status at the same time: look again, but not for ever.
constexpr int kMostTries = 5;

/// The node must not be left for another one.
bool IsBoundToNode(const Task& task) {
  return task.spec.failover == "Pinned" || !task.spec.node_name.empty();
}

Result<std::vector<Task>> TasksOn(Session& session, const std::string& node) {
  NOIZY_ASSIGN_OR_RETURN(
      auto tasks,
      TypedClient<Task>(session.client()).List("", {.field_selector = "status.nodeName=" + node}));
  std::erase_if(tasks.items, [](const Task& task) { return !scheduling::HoldsResources(task); });
  return std::move(tasks.items);
}

Status Cordon(Session& session, const std::string& node) {
  const Value patch = Object{{"spec", Object{{"unschedulable", true}}}};
  return TypedClient<Node>(session.client())
      .Patch({"", node}, PatchType::kMerge, patch, {.field_manager = "noizy-drain"})
      .status();
}

/// Asks one Task to leave: its agent stops it with its grace period, and it waits for another node.
Status Ask(Session& session, const ObjectKey& key, const std::string& node, WallTime now) {
  const TypedClient<Task> tasks(session.client());
  Status asked;
  for (int tries = 0; tries < kMostTries; ++tries) {
    NOIZY_ASSIGN_OR_RETURN(Task task, tasks.Get(key));
    if (!scheduling::HoldsResources(task) || task.status.node_name != node) return Status::Ok();
    SetCondition(task.status.conditions,
                 Condition{std::string(scheduling::kDisruptionTarget),
                           "True",
                           "Drained",
                           "Node " + node + " is being drained",
                           {},
                           task.metadata.generation},
                 FormatTime(now));
    const Value object = task.ToValue();
    const Value patch =
        Object{{"metadata", Object{{"resourceVersion", task.metadata.resource_version}}},
               {"status", Object{{"conditions", *Find(object, {"status", "conditions"})}}}};
    asked = tasks.Patch(key, PatchType::kMerge, patch, {.field_manager = "noizy-drain"}, "status")
                .status();
    if (asked.reason() != StatusReason::kConflict) break;
  }
  return asked;
}

Status AwaitDeparture(Invocation& invocation, const Task& task, const std::string& node,
                      const WaitLimits& limits) {
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session->discovery());
  NOIZY_ASSIGN_OR_RETURN(ServedKind kind, KindByWord(*discovery, "tasks.noizy.dev"));
  const Target target{std::move(kind), task.metadata.ns, task.metadata.name};
  return WaitForObject(invocation, target, limits, [&](const Value* object) {
    if (object == nullptr) return true;
    const Result<Task> seen = Task::FromValue(*object);
    return seen.ok() && (!scheduling::HoldsResources(*seen) || seen->status.node_name != node);
  });
}

/// Conflict names the Tasks that may not be moved.
Status CheckBound(std::vector<Task>& tasks, bool ignore) {
  std::string names;
  for (const Task& task : tasks) {
    if (IsBoundToNode(task)) names += (names.empty() ? "" : ", ") + task.metadata.Key().ToString();
  }
  if (names.empty()) return Status::Ok();
  if (!ignore) {
    return BadRequest("cannot move Tasks that may run on this node only (" + names +
                      "): delete them, or leave them with --ignore-bound");
  }
  std::erase_if(tasks, IsBoundToNode);
  return Status::Ok();
}

Result<int> RunDrain(Invocation& invocation) {
  if (invocation.words().size() != 1) return WrongUsage("say which node: drain NODE");
  std::string node = invocation.words().front();
  if (node.starts_with("node/")) node.erase(0, 5);
  const FlagValues& flags = invocation.flags();
  NOIZY_ASSIGN_OR_RETURN(const Duration timeout, flags.Span("timeout", std::chrono::minutes(10)));
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_RETURN_IF_ERROR(TypedClient<Node>(session->client()).Get({"", node}).status());
  const bool dry_run = flags.On("dry-run");
  // Before the list, so that nothing comes while the others go.
  if (!dry_run) NOIZY_RETURN_IF_ERROR(Cordon(*session, node));
  invocation.out() << "node/" << node << " cordoned" << (dry_run ? " (dry run)" : "") << "\n";
  NOIZY_ASSIGN_OR_RETURN(std::vector<Task> tasks, TasksOn(*session, node));
  NOIZY_RETURN_IF_ERROR(CheckBound(tasks, flags.On("ignore-bound")));
  const Clock& clock = invocation.environment().clock;
  WaitLimits limits;
  limits.deadline = clock.Monotonic() + timeout;
  for (const Task& task : tasks) {
    if (!dry_run) NOIZY_RETURN_IF_ERROR(Ask(*session, task.metadata.Key(), node, clock.Now()));
    invocation.out() << "task/" << task.metadata.name << " asked to leave"
                     << (dry_run ? " (dry run)" : "") << "\n";
  }
  if (dry_run) return kExitOk;
  for (const Task& task : tasks)
    NOIZY_RETURN_IF_ERROR(AwaitDeparture(invocation, task, node, limits));
  invocation.out() << "node/" << node << " drained\n";
  return kExitOk;
}

}  // namespace

const Command kDrain = {.name = "drain",
                        .usage = "NODE",
                        .summary = "Place no more tasks on a node, and move those that run there",
                        .details =
                            "Each task is stopped with its own grace period, and waits for "
                            "another node; drain returns when all have left.",
                        .flags = kFlags,
                        .run = RunDrain};

}  // namespace noizy::cli
