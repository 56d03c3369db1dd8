#include "machinery/scheduling/strategies.h"

#include <algorithm>
#include <cmath>

namespace noizy::scheduling {
namespace {

// A Task that asks for nothing still costs something: Kubernetes' assumptions for scoring.
constexpr std::int64_t kAssumedCpu = 100;  // a tenth of a core
constexpr std::int64_t kAssumedMemory =
    200LL * 1024 * 1024 * 1000;  // 200 Mi, in thousandths of a byte

// Neighbours on other cores cost memory bandwidth and turbo clock; this little also spreads Tasks
// over machines that are alike.
constexpr double kNeighbourCost = 0.05;
// A finish this far away is worth half of the full score.
constexpr double kHalfScoreSeconds = 60;
// 1 Gbit/s less its overheads.
constexpr double kNetworkBytesPerSecond = 117e6;
// Binding numbers differ by this in score: a million of them make one point less than the full
// score, so that preferences still win.
constexpr double kTurnWeight = 1e-4;

/// The share of a resource in use once the Task is there: 0 to 1.
double ShareOf(const char* resource, std::int64_t assumed, const ScoreInput& in) {
  const auto total = static_cast<double>(At(in.node.allocatable, resource));
  if (total <= 0) return 1;
  const std::int64_t wanted = std::max(At(in.task.requests, resource), assumed);
  return std::min(1.0, static_cast<double>(At(in.usage.requested, resource) + wanted) / total);
}

double RequestedShare(const ScoreInput& in) {
  return (ShareOf("cpu", kAssumedCpu, in) + ShareOf("memory", kAssumedMemory, in)) / 2;
}

double CoresOf(const NodeView& node) {
  return std::max(1.0, static_cast<double>(At(node.allocatable, "cpu")) / 1000);
}

/// 0 for an idle node, a half for one Task per core, towards 1.
double Crowding(const ScoreInput& in) {
  const auto tasks = static_cast<double>(in.usage.tasks);
  return tasks / (tasks + CoresOf(in.node));
}

double LeastLoaded(const ScoreInput& in) {
  return kFullScore * (1 - (RequestedShare(in) + Crowding(in)) / 2);
}

double BinPack(const ScoreInput& in) {
  return kFullScore * (RequestedShare(in) + Crowding(in)) / 2;
}

double Spread(const ScoreInput& in) {
  // The load decides between nodes with as many Tasks like this one.
  return kFullScore / static_cast<double>(1 + in.alike) + LeastLoaded(in) / 1000;
}

double RoundRobin(const ScoreInput& in) {
  return kFullScore - kTurnWeight * static_cast<double>(in.turn);
}

double FastestFinish(const ScoreInput& in) {
  return ScoreOfSeconds(PredictedSeconds(in));
}

double PreferredNodes(const TaskView& task, const NodeView& node) {
  double matched = 0;
  double total = 0;
  for (const Preference& preference : task.preferences) {
    const auto weight = static_cast<double>(preference.weight);
    total += weight;
    if (Matches(preference.term, node)) matched += weight;
  }
  return total > 0 ? matched / total : 0;
}

double AvoidedTaints(const TaskView& task, const NodeView& node) {
  return -static_cast<double>(
      std::count_if(node.taints.begin(), node.taints.end(), [&](const Taint& taint) {
        return taint.effect == TaintEffect::kPreferNoSchedule &&
               !Tolerates(task.tolerations, taint);
      }));
}

// Again where the last attempt failed, or anywhere but there while there is another node.
double AfterFailure(const TaskView& task, const NodeView& node) {
  if (task.prefers == node.name) return 1;
  return task.avoids == node.name ? -1 : 0;
}

constexpr Strategy kStrategies[] = {
    {"FastestFinish", FastestFinish, 0, true, "the one predicted to finish it first"},
    {"LeastLoaded", LeastLoaded, 0, false, "the least loaded"},
    {"BinPack", BinPack, 0, false, "the fullest"},
    {"Spread", Spread, 0, false, "the one with the fewest Tasks like it"},
    {"RoundRobin", RoundRobin, 0, false, "the next in turn"},
    {"PowerOfTwo", LeastLoaded, 2, false, "the less loaded of two drawn"},
};

constexpr Score kScores[] = {
    {"NodeAffinity", 200, PreferredNodes},
    {"TaintToleration", 300, AvoidedTaints},
    {"AfterFailure", 1000, AfterFailure},
};

}  // namespace

std::span<const Strategy> Strategies() {
  return kStrategies;
}

const Strategy* StrategyNamed(std::string_view name) {
  const auto found = std::find_if(std::begin(kStrategies), std::end(kStrategies),
                                  [&](const Strategy& s) { return s.name == name; });
  return found == std::end(kStrategies) ? nullptr : found;
}

std::span<const Score> Scores() {
  return kScores;
}

double Preferences(const TaskView& task, const NodeView& node) {
  double sum = 0;
  for (const Score& score : kScores) sum += score.weight * score.share(task, node);
  return sum;
}

double SecondsToMove(const TaskView& task, const NodeView& node) {
  if (task.data_bytes <= 0 || task.data_node == node.name) return 0;
  return static_cast<double>(task.data_bytes) / kNetworkBytesPerSecond;
}

double PredictedSeconds(const ScoreInput& in) {
  const double busy = static_cast<double>(in.usage.busy + BusyCores(in.task.requests)) / 1000;
  const double load = busy / CoresOf(in.node);
  // Those who ask one model server share it, or wait for each other: either takes as long. The
  // grid's own are counted at once, others when the node tells of them, the grid's own among them.
  const std::int64_t before = std::max(in.usage.inferences, in.node.model_requests);
  const auto asking = static_cast<double>(in.task.model.empty() ? 0 : before + 1);
  const double shared = std::max({1.0, load, asking});
  const double slower = shared * (1 + kNeighbourCost * std::min(1.0, load));
  return SecondsToMove(in.task, in.node) + in.estimate.seconds * slower;
}

double ScoreOfSeconds(double seconds) {
  return kFullScore * kHalfScoreSeconds / (kHalfScoreSeconds + seconds);
}

std::int64_t BusyCores(const Resources& requests) {
  const std::int64_t asked = At(requests, "cpu");
  return asked > 0 ? asked : 1000;
}

}  // namespace noizy::scheduling
