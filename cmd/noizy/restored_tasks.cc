#include "cmd/noizy/restored_tasks.h"

#include <algorithm>
#include <string_view>

#include "kinds/event.h"
#include "kinds/task.h"
#include "kinds/taskschedule.h"
#include "kinds/taskset.h"
#include "machinery/base/log.h"
#include "machinery/client/typed.h"
#include "machinery/controller/event_recorder.h"
#include "machinery/meta/time.h"
#include "machinery/os/files.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

bool HasEnded(const Task& task) {
  const std::string& phase = task.status.phase;
  return phase == "Succeeded" || phase == "Failed" || phase == "Cancelled";
}
bool HasEnded(const TaskSet& set) {
  return !set.status.completion_time.empty();
}
bool HasEnded(const TaskSchedule& /*schedule*/) {
  return false;
}

std::string_view FailoverOf(const Task& task) {
  return task.spec.failover;
}
/// Of the Tasks that it makes.
template <typename T>
std::string_view FailoverOf(const T& maker) {
  return StringAt(maker.spec.template_.spec, {"failover"});
}

template <typename T>
bool MustWait(const T& object) {
  return FailoverOf(object) == "AtMostOnce" && !HasEnded(object) && !object.spec.suspend &&
         !object.metadata.BeingDeleted();
}

template <typename T>
Status Tell(const Client& client, const T& object, const std::string& saved, WallTime now) {
  const std::string message =
      "The grid was restored from a backup of " + saved + ": whether this " +
      std::string(T::kKind) +
      " ran after that is not known, and it is suspended; with spec.suspend: false it runs";
  const Value event =
      Object{{"apiVersion", "v1"},
             {"kind", "Event"},
             {"metadata", Object{{"name", object.metadata.name + "." + RandomHex(8)},
                                 {"namespace", object.metadata.ns}}},
             {"involvedObject", ReferenceTo(object).ToValue()},
             {"type", "Warning"},
             {"reason", "Restored"},
             {"message", message},
             {"source", Object{{"component", "noizy-restore"}}},
             {"firstTimestamp", FormatTime(now)},
             {"lastTimestamp", FormatTime(now)},
             {"count", 1}};
  return client.Create(ResourceOf<Event>(), object.metadata.ns, event).status();
}

struct Restored {
  const Client& client;
  const std::string saved;  // when
  const WallTime now;
};

/// How many were suspended.
template <typename T>
Result<int> Suspend(const Restored& grid) {
  const TypedClient<T> objects(grid.client);
  NOIZY_ASSIGN_OR_RETURN(const auto list, objects.List());
  const Value suspended = Object{{"spec", Object{{"suspend", true}}}};
  int held = 0;
  for (const T& object : list.items) {
    if (!MustWait(object)) continue;
    NOIZY_RETURN_IF_ERROR(Tell(grid.client, object, grid.saved, grid.now));
    NOIZY_RETURN_IF_ERROR(
        objects.Patch(object.metadata.Key(), PatchType::kMerge, suspended).status());
    ++held;
  }
  return held;
}

Status LeaveNumbersOut(const Restored& grid) {
  const TypedClient<Task> tasks(grid.client);
  NOIZY_ASSIGN_OR_RETURN(const auto list, tasks.List());
  for (const Task& task : list.items) {
    if (HasEnded(task)) continue;
    const std::int64_t next =
        std::max(task.status.attempt, task.status.next_attempt) + kAttemptJump;
    const Value patch = Object{{"status", Object{{"nextAttempt", next}}}};
    NOIZY_RETURN_IF_ERROR(
        tasks.Patch(task.metadata.Key(), PatchType::kMerge, patch, {}, "status").status());
  }
  return Status::Ok();
}

}  // namespace

Status HoldRestoredTasks(const Client& client, const std::string& mark, const Clock& clock) {
  if (!FileExists(mark)) return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(const std::string saved, ReadFile(mark));
  const Restored grid{client, saved, clock.Now()};
  NOIZY_RETURN_IF_ERROR(LeaveNumbersOut(grid));
  // Their makers first: a set tells its Tasks whether they are suspended.
  NOIZY_RETURN_IF_ERROR(Suspend<TaskSchedule>(grid).status());
  NOIZY_RETURN_IF_ERROR(Suspend<TaskSet>(grid).status());
  NOIZY_ASSIGN_OR_RETURN(const int held, Suspend<Task>(grid));
  LogInfo("Started from a backup", {{"saved", saved}, {"tasksHeld", std::to_string(held)}});
  return RemoveTree(mark);
}

}  // namespace noizy
