#include "controllers/scheduler/decide.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "controllers/scheduler/filter.h"
#include "controllers/scheduler/score.h"

namespace noizy::scheduler {
namespace {

bool GoesFirst(const TaskView& a, const TaskView& b) {
  return std::tie(b.priority, a.created, a.key) < std::tie(a.priority, b.created, b.key);
}

struct Ranked {
  NodeView* node = nullptr;
  double score = 0;
  std::uint64_t tie = 0;

  bool BetterThan(const Ranked& other) const {
    return std::tie(score, tie) > std::tie(other.score, other.tie);
  }
};

Binding BindingOf(const TaskView& task, const std::vector<Ranked>& ranked) {
  Binding binding{task.key, ranked.front().node->name, {}, {}};
  for (const Ranked& entry : ranked) {
    if (binding.candidates.size() == kMaxCandidates) break;
    binding.candidates.push_back({entry.node->name, entry.score});
  }
  binding.reason = ranked.size() == 1 ? "the only node that can run it"
                                      : "the least loaded of " + std::to_string(ranked.size()) +
                                            " nodes that can run it";
  return binding;
}

/// Places one Task and counts it, or says why it cannot be placed.
void Place(const TaskView& task, std::vector<NodeView>& nodes, Plan& plan) {
  const std::string name = task.key.ToString();
  std::vector<Ranked> ranked;
  std::vector<std::string> reasons;
  for (NodeView& node : nodes) {
    if (std::string reason = WhyNot(task, node); !reason.empty()) {
      reasons.push_back(std::move(reason));
    } else {
      ranked.push_back({&node, Score(task, node), TieBreak(name, node.name)});
    }
  }
  if (ranked.empty()) {
    plan.unschedulable.push_back({task.key, Summarise(reasons)});
    return;
  }
  // Only those that will be shown are put in order: on a large grid sorting all would cost more
  // than scoring them.
  const std::size_t shown = std::min(ranked.size(), kMaxCandidates);
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(shown),
                    ranked.end(), [](const Ranked& a, const Ranked& b) { return a.BetterThan(b); });
  plan.bindings.push_back(BindingOf(task, ranked));
  AddTo(ranked.front().node->requested, task.requests);
  ++ranked.front().node->tasks;
}

}  // namespace

void AddTo(Resources& sum, const Resources& more) {
  for (const auto& [resource, amount] : more) sum[resource] += amount;
}

Plan Decide(Snapshot snapshot) {
  Plan plan;
  std::stable_sort(snapshot.tasks.begin(), snapshot.tasks.end(), GoesFirst);
  for (const TaskView& task : snapshot.tasks) {
    if (task.not_before && *task.not_before > snapshot.now) {
      plan.look_again = std::min(plan.look_again.value_or(*task.not_before), *task.not_before);
    } else {
      Place(task, snapshot.nodes, plan);
    }
  }
  return plan;
}

}  // namespace noizy::scheduler
