// The Grid's questions to an advisor, and what became of them.
#include <algorithm>
#include <utility>

#include "machinery/scheduling/grid.h"

namespace noizy::scheduling {
namespace {

// A gang may lack room for no other reason than what was advised.
bool MayBeHelpedByAdvice(const TaskClass& task_class) {
  return task_class.asleep == Asleep::kAdvice || task_class.asleep == Asleep::kGang;
}

}  // namespace

void Grid::SetAdvice(const std::string& task_class, const Reply& reply, WallTime now) {
  const Result<Advice>& advice = reply.advice;
  const auto known = classes_.find(task_class);
  const auto asked = answers_.find(task_class);
  const bool awaited = asked != answers_.end() && !asked->second.advice &&
                       asked->second.fault.empty() && asked->second.until >= now;
  if (known == classes_.end() || !awaited) return;
  const auto& ai = known->second->like.routing.ai;
  Answer answer;
  answer.record = reply.record;
  if (advice.ok()) {
    answer.advice = *advice;
    TakeGuess(known->second->like.work, *advice);
    answer.until = now + (ai ? ai->keeps : Duration::zero());
  } else {
    answer.fault = advice.status().message();
    answer.until = now + kAdviceRetry;
  }
  asked->second = std::move(answer);
  news_ = true;
  if (known->second->asleep == Asleep::kAdvice) Wake(*known->second);
}

// What an AI expects counts while nothing was seen.
void Grid::TakeGuess(const std::string& work, const Advice& advice) {
  const NodeSlot* node = FindNode(advice.node);
  if (node != nullptr && advice.run_seconds)
    estimates_.Guess(work, node->view.speed, *advice.run_seconds);
}

Answer* Grid::AnswerFor(const TaskClass& task_class) {
  const auto found = answers_.find(task_class.signature);
  return found == answers_.end() ? nullptr : &found->second;
}

Answer& Grid::AwaitAdvice(const TaskClass& task_class, WallTime until) {
  return answers_[task_class.signature] = {{}, {}, until, false};
}

std::optional<WallTime> Grid::ExpireAdvice(WallTime now) {
  std::optional<WallTime> next;
  for (auto at = answers_.begin(); at != answers_.end();) {
    auto& [signature, answer] = *at;
    const auto known = classes_.find(signature);
    const bool over = answer.until <= now;
    const bool late = over && !answer.advice && answer.fault.empty();
    if (over && known != classes_.end() && MayBeHelpedByAdvice(*known->second))
      Wake(*known->second);
    if (late) {
      answer.fault = "it did not answer in time";
      answer.until = now + kAdviceRetry;
    } else if (over) {
      at = answers_.erase(at);
      continue;
    }
    next = std::min(next.value_or(answer.until), answer.until);
    ++at;
  }
  return next;
}

}  // namespace noizy::scheduling
