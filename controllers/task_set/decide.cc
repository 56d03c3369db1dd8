#include "controllers/task_set/decide.h"

#include <algorithm>
#include <utility>

#include "machinery/meta/time.h"

namespace noizy::task_set {
namespace {

void Count(const Observed& seen, Summary& summary) {
  summary.active = summary.succeeded = summary.failed = 0;
  std::vector<std::int64_t> failed;
  for (const auto& [index, member] : seen.members) {
    summary.active += member.state == State::kActive ? 1 : 0;
    summary.succeeded += member.state == State::kSucceeded ? 1 : 0;
    if (member.state == State::kFailed) failed.push_back(index);
  }
  summary.failed = static_cast<std::int64_t>(failed.size());
  summary.failed_indexes = RangesOf(failed);
}

void End(const Observed& seen, Summary& summary, const char* type, const char* reason,
         const std::string& message) {
  SetCondition(summary.conditions, Condition{type, "True", reason, message, {}, seen.generation},
               FormatTime(seen.now));
  summary.completion_time = seen.now;
}

/// Complete once every index ended and few enough failed; Failed as soon as too many have.
void Judge(const Observed& seen, Summary& summary) {
  if (summary.failed > seen.max_failed_indexes) {
    return End(seen, summary, "Failed", "TooManyFailedIndexes",
               "Failed for good: " + summary.failed_indexes);
  }
  if (summary.succeeded + summary.failed < seen.completions) return;
  End(seen, summary, "Complete", "AllIndexesEnded",
      std::to_string(summary.succeeded) + " of " + std::to_string(seen.completions) +
          " Tasks succeeded");
}

void Create(const Observed& seen, const Summary& summary, Plan& plan) {
  const std::int64_t most = seen.gang ? seen.completions : seen.parallelism;
  std::int64_t room = most - summary.active;
  for (std::int64_t index = 0; index < seen.completions && room > 0; ++index) {
    if (seen.members.contains(index)) continue;
    plan.more = plan.create.size() == kCreationsPerPass;
    if (plan.more) return;
    plan.create.push_back(index);
    --room;
  }
}

void AfterEnd(const Observed& seen, const Summary& summary, Plan& plan) {
  for (const auto& [index, member] : seen.members) {
    if (member.state == State::kActive && !member.being_deleted) plan.cancel.push_back(index);
  }
  if (!seen.ttl) return;
  const WallTime due = *summary.completion_time + *seen.ttl;
  plan.remove = due <= seen.now;
  if (!plan.remove) plan.look_again = due;
}

void WhileActive(const Observed& seen, const Summary& summary, Plan& plan) {
  for (const auto& [index, member] : seen.members) {
    if (member.state == State::kActive && member.suspended != seen.suspend)
      plan.suspend.push_back(index);
  }
  if (!seen.suspend) Create(seen, summary, plan);
}

}  // namespace

std::string RangesOf(const std::vector<std::int64_t>& indexes) {
  std::string text;
  for (std::size_t i = 0; i < indexes.size();) {
    std::size_t last = i;
    while (last + 1 < indexes.size() && indexes[last + 1] == indexes[last] + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(indexes[i]);
    if (last > i) text += "-" + std::to_string(indexes[last]);
    i = last + 1;
  }
  return text;
}

Plan Decide(const Observed& seen) {
  Plan plan;
  if (seen.being_deleted) return plan;
  Summary summary = seen.summary;
  if (!summary.completion_time) {
    Count(seen, summary);
    Judge(seen, summary);
  }
  summary.completion_time ? AfterEnd(seen, summary, plan) : WhileActive(seen, summary, plan);
  if (summary != seen.summary) plan.summary = std::move(summary);
  return plan;
}

}  // namespace noizy::task_set
