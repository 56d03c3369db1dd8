// route replay: repeats every recorded decision of a model, without the model.
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "machinery/client/typed.h"
#include "machinery/routing/record.h"

namespace noizy::cli {
namespace {

constexpr Flag kFlags[] = {kAllNamespacesFlag};

/// What became of the records so far.
class Replays {
 public:
  void Add(const Task& task, std::int64_t attempt, const RoutingRecord& record) {
    ++count_;
    const Status same = routing::Replay(record);
    if (same.ok()) return;
    table_.AddRow(
        {task.metadata.ns + "/" + task.metadata.name, std::to_string(attempt), same.message()});
    ++different_;
  }
  void AddAll(const Task& task) {
    for (const TaskAttempt& attempt : task.status.attempts) {
      const bool last = attempt.number == task.status.attempts.back().number;
      const auto& decision = last ? task.status.routing : attempt.routing;
      if (decision && decision->record) Add(task, attempt.number, *decision->record);
    }
  }
  Result<int> Tell(std::ostream& out) {
    if (different_ > 0) {
      out << table_.Print() << "\n";
      return BadRequest(std::to_string(different_) + " of " + std::to_string(count_) +
                        " recorded decisions come out otherwise");
    }
    out << count_ << " recorded decisions, all of them as they were\n";
    return kExitOk;
  }

 private:
  TextTable table_;
  int count_ = 0;
  int different_ = 0;
};

Result<int> RunRouteReplay(Invocation& invocation) {
  const auto& words = invocation.words();
  if (words.size() > 1) return WrongUsage("name one Task, or none: route replay [task/NAME]");
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  Replays replays;
  if (!words.empty()) {
    const std::string name = words.front().substr(words.front().find('/') + 1);
    NOIZY_ASSIGN_OR_RETURN(const Task task,
                           TypedClient<Task>(session->client()).Get({session->ns(), name}));
    replays.AddAll(task);
    return replays.Tell(invocation.out());
  }
  const std::string ns = invocation.flags().On("all-namespaces") ? "" : session->ns();
  NOIZY_ASSIGN_OR_RETURN(const auto tasks, TypedClient<Task>(session->client()).List(ns));
  for (const Task& task : tasks.items) replays.AddAll(task);
  return replays.Tell(invocation.out());
}

}  // namespace

const Command kRouteReplay = {
    .name = "route replay",
    .usage = "[task/NAME]",
    .summary = "Repeat the decisions of models from their records",
    .details =
        "Each decision that a model took part in is decided again from what "
        "was recorded with its task, offline, and compared.",
    .flags = kFlags,
    .run = RunRouteReplay};

}  // namespace noizy::cli
