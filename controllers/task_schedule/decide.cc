#include "controllers/task_schedule/decide.h"

#include <algorithm>

#include "machinery/meta/time.h"

namespace noizy::task_schedule {
namespace {

// Behind so much, the latest time is looked for among the last days first.
constexpr std::int64_t kFarBehind = 2 * 86'400;

std::string TimeText(std::int64_t seconds) {
  return FormatTime(WallTime(std::chrono::seconds(seconds)));
}

/// The latest time after `since` and not after `now`.
std::optional<std::int64_t> LatestDue(const Observed& seen, std::int64_t since) {
  if (seen.now - since > kFarBehind) {
    if (const auto recent = LatestDue(seen, seen.now - kFarBehind)) return recent;
  }
  std::optional<std::int64_t> latest;
  for (auto next = seen.cron.Next(since, seen.zone); next && *next <= seen.now;
       next = seen.cron.Next(*next, seen.zone))
    latest = next;
  return latest;
}

void SetReady(const Observed& seen, Summary& summary) {
  const bool good = seen.fault.empty();
  SetCondition(summary.conditions,
               Condition{"Ready",
                         good ? "True" : "False",
                         good ? "Scheduled" : "InvalidSchedule",
                         seen.fault,
                         {},
                         seen.generation},
               TimeText(seen.now));
}

/// Why the time is passed over; "" when its Task is to be made.
std::string WhySkip(const Observed& seen, std::int64_t due, std::int64_t active) {
  const std::int64_t late = seen.now - due;
  const std::string time = "The run of " + TimeText(due) + " was skipped: ";
  if (seen.starting_deadline && late > *seen.starting_deadline)
    return time + "its starting deadline has passed";
  if (seen.missed == Missed::kSkip && late > kOnTimeSeconds) return time + "it was missed";
  if (seen.concurrency == Concurrency::kForbid && active > 0)
    return time + "an earlier one has not ended";
  return "";
}

void RunDue(const Observed& seen, std::int64_t due, Summary& summary, Plan& plan) {
  plan.skipped = WhySkip(seen, due, summary.active);
  summary.last_time = due;
  if (!plan.skipped.empty()) return;
  plan.create = seen.name + "-" + std::to_string(due / 60);
  summary.last_task = *plan.create;
  if (seen.concurrency != Concurrency::kReplace) return;
  for (const auto& [name, state] : seen.tasks) {
    if (state == State::kActive && name != *plan.create) plan.remove.push_back(name);
  }
}

/// Of those that ended so, the oldest go.
void Prune(const Observed& seen, State state, std::size_t keep, Plan& plan) {
  std::vector<std::string> ended;
  for (const auto& [name, its] : seen.tasks) {
    if (its == state) ended.push_back(name);
  }
  ended.resize(ended.size() - std::min(ended.size(), keep));
  plan.remove.insert(plan.remove.end(), ended.begin(), ended.end());
}

}  // namespace

Plan Decide(const Observed& seen) {
  Plan plan;
  if (seen.being_deleted) return plan;
  Summary summary = seen.summary;
  summary.active = std::count_if(seen.tasks.begin(), seen.tasks.end(),
                                 [](const auto& t) { return t.second == State::kActive; });
  SetReady(seen, summary);
  if (seen.fault.empty() && !seen.suspend) {
    const auto due = LatestDue(seen, summary.last_time.value_or(seen.created));
    if (due) RunDue(seen, *due, summary, plan);
    plan.look_again = seen.cron.Next(seen.now, seen.zone);
  }
  Prune(seen, State::kSucceeded, seen.keep_succeeded, plan);
  Prune(seen, State::kFailed, seen.keep_failed, plan);
  if (summary != seen.summary) plan.summary = std::move(summary);
  return plan;
}

}  // namespace noizy::task_schedule
