#include "controllers/task_set/members.h"

#include <string>
#include <utility>

#include "machinery/meta/time.h"

namespace noizy::task_set {
namespace {

State StateOf(const Task& task) {
  if (task.status.phase == "Succeeded") return State::kSucceeded;
  const bool failed = task.status.phase == "Failed" || task.status.phase == "Cancelled";
  return failed ? State::kFailed : State::kActive;
}

bool IsOwned(const Task& task, const TaskSet& set) {
  const auto& owners = task.metadata.owner_references;
  return std::any_of(owners.begin(), owners.end(), [&](const OwnerReference& owner) {
    return owner.controller && owner.uid == set.metadata.uid;
  });
}

ObjectMeta MetadataOf(const TaskSet& set, std::int64_t index) {
  ObjectMeta metadata;
  metadata.ns = set.metadata.ns;
  metadata.name = KeyOfMember(set, index).name;
  metadata.labels = set.spec.template_.metadata.labels;
  metadata.annotations = set.spec.template_.metadata.annotations;
  metadata.labels[std::string(kSetLabel)] = set.metadata.name;
  metadata.labels[std::string(kIndexLabel)] = std::to_string(index);
  metadata.owner_references = {
      {"noizy.dev/v1", "TaskSet", set.metadata.name, set.metadata.uid, true, true}};
  return metadata;
}

}  // namespace

ObjectKey KeyOfMember(const TaskSet& set, std::int64_t index) {
  return {set.metadata.ns, set.metadata.name + "-" + std::to_string(index)};
}

Value MemberOf(const TaskSet& set, std::int64_t index) {
  Value task = Object{{"apiVersion", "noizy.dev/v1"}, {"kind", "Task"}};
  Set(task, {"metadata"}, MetadataOf(set, index).ToValue());
  Set(task, {"spec"}, set.spec.template_.spec);
  // One that went before the set ended would be made again.
  Remove(task, {"spec", "ttlSecondsAfterFinished"});
  Value& env = Ensure(task, {"spec", "env"});
  if (!env.is_array()) env = Array();
  env.get_array().push_back(Object{{"name", "NOIZY_INDEX"}, {"value", std::to_string(index)}});
  // Whoever has ended does not come again: a member that is made anew would wait for it for ever.
  const bool any_ended = set.status.succeeded + set.status.failed > 0;
  if (set.spec.gang && !any_ended) {
    Set(task, {"spec", "gang"},
        Object{{"name", set.metadata.name}, {"size", set.spec.completions}});
  }
  return task;
}

Observed Gather(const TaskSet& set, const Lister<Task>& tasks, WallTime now) {
  Observed seen;
  seen.now = now;
  seen.generation = set.metadata.generation;
  seen.being_deleted = set.metadata.BeingDeleted();
  seen.completions = set.spec.completions;
  seen.parallelism = set.spec.parallelism.value_or(set.spec.completions);
  seen.max_failed_indexes = set.spec.max_failed_indexes;
  seen.gang = set.spec.gang;
  seen.suspend = set.spec.suspend;
  if (set.spec.ttl_seconds_after_finished)
    seen.ttl = std::chrono::seconds(*set.spec.ttl_seconds_after_finished);
  for (std::int64_t index = 0; index < seen.completions; ++index) {
    const auto task = tasks.Get(KeyOfMember(set, index));
    if (!task || !IsOwned(*task, set)) continue;
    seen.members[index] = {StateOf(*task), task->spec.suspend, task->metadata.BeingDeleted()};
  }
  const TaskSetStatus& status = set.status;
  seen.summary = {status.conditions, status.active,         status.succeeded,
                  status.failed,     status.failed_indexes, {}};
  const Result<WallTime> completed = ParseTime(status.completion_time);
  if (completed.ok()) seen.summary.completion_time = *completed;
  return seen;
}

TaskSetStatus WithSummary(const TaskSet& set, const Summary& summary) {
  TaskSetStatus status = set.status;
  status.conditions = summary.conditions;
  status.observed_generation = set.metadata.generation;
  status.active = summary.active;
  status.succeeded = summary.succeeded;
  status.failed = summary.failed;
  status.failed_indexes = summary.failed_indexes;
  if (status.completion_time.empty() && summary.completion_time)
    status.completion_time = FormatTime(*summary.completion_time);
  return status;
}

}  // namespace noizy::task_set
