#include "cmd/noizy/restored_tasks.h"

#include "kinds/event.h"
#include "kinds/task.h"
#include "machinery/base/log.h"
#include "machinery/client/typed.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

// One that has a node is between the node's agent and the task controller: the agent tells what
// became of it, if it lives.
bool MayHaveRun(const Task& task) {
  const bool waits = task.status.phase.empty() || task.status.phase == "Pending";
  return waits && task.status.node_name.empty() && task.spec.failover == "AtMostOnce" &&
         !task.spec.suspend && !task.metadata.BeingDeleted();
}

Status Tell(const Client& client, const Task& task, const std::string& saved, WallTime now) {
  const std::string message =
      "The grid was restored from a backup of " + saved +
      ": whether this Task ran after that is not known, and it is suspended; with spec.suspend: "
      "false it runs";
  const Value event = Object{{"apiVersion", "v1"},
                             {"kind", "Event"},
                             {"metadata", Object{{"name", task.metadata.name + "." + RandomHex(8)},
                                                 {"namespace", task.metadata.ns}}},
                             {"involvedObject", ReferenceTo(task).ToValue()},
                             {"type", "Warning"},
                             {"reason", "Restored"},
                             {"message", message},
                             {"source", Object{{"component", "noizy-restore"}}},
                             {"firstTimestamp", FormatTime(now)},
                             {"lastTimestamp", FormatTime(now)},
                             {"count", 1}};
  return client.Create(ResourceOf<Event>(), task.metadata.ns, event).status();
}

}  // namespace

Status HoldRestoredTasks(const Client& client, const std::string& mark, const Clock& clock) {
  if (!FileExists(mark)) return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(const std::string saved, ReadFile(mark));
  const TypedClient<Task> tasks(client);
  NOIZY_ASSIGN_OR_RETURN(const auto list, tasks.List());
  const Value suspended = Object{{"spec", Object{{"suspend", true}}}};
  int held = 0;
  for (const Task& task : list.items) {
    if (!MayHaveRun(task)) continue;
    NOIZY_RETURN_IF_ERROR(Tell(client, task, saved, clock.Now()));
    NOIZY_RETURN_IF_ERROR(tasks.Patch(task.metadata.Key(), PatchType::kMerge, suspended).status());
    ++held;
  }
  LogInfo("Started from a backup", {{"saved", saved}, {"tasksHeld", std::to_string(held)}});
  return RemoveTree(mark);
}

}  // namespace noizy
