#include "controllers/scheduler/score.h"

#include <algorithm>
#include <array>

#include "controllers/scheduler/filter.h"

namespace noizy::scheduler {
namespace {

// A Task that asks for nothing still costs something: Kubernetes' assumptions for scoring.
constexpr std::int64_t kAssumedCpu = 100;  // a tenth of a core
constexpr std::int64_t kAssumedMemory =
    200LL * 1024 * 1024 * 1000;  // 200 Mi, in thousandths of a byte

constexpr double kFull = 100;
constexpr double kAffinityWeight = 2;
constexpr double kTaintWeight = 3;

std::int64_t At(const Resources& resources, const char* name) {
  const auto found = resources.find(name);
  return found == resources.end() ? 0 : found->second;
}

/// The share of a resource in use once the Task is there: 0 to 1.
double ShareOf(const char* resource, std::int64_t assumed, const TaskView& task,
               const NodeView& node) {
  const auto total = static_cast<double>(At(node.allocatable, resource));
  if (total <= 0) return 1;
  const std::int64_t wanted = std::max(At(task.requests, resource), assumed);
  return std::min(1.0, static_cast<double>(At(node.requested, resource) + wanted) / total);
}

double RequestedShare(const TaskView& task, const NodeView& node) {
  return (ShareOf("cpu", kAssumedCpu, task, node) + ShareOf("memory", kAssumedMemory, task, node)) /
         2;
}

/// 0 for an idle node, a half for one Task per core, towards 1.
double Crowding(const NodeView& node) {
  const double cores = std::max(1.0, static_cast<double>(At(node.allocatable, "cpu")) / 1000);
  const auto tasks = static_cast<double>(node.tasks);
  return tasks / (tasks + cores);
}

double PreferredShare(const TaskView& task, const NodeView& node) {
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
  return static_cast<double>(
      std::count_if(node.taints.begin(), node.taints.end(), [&](const Taint& taint) {
        return taint.effect == TaintEffect::kPreferNoSchedule &&
               !Tolerates(task.tolerations, taint);
      }));
}

}  // namespace

double Score(const TaskView& task, const NodeView& node) {
  const double load = (RequestedShare(task, node) + Crowding(node)) / 2;
  return kFull * (1 - load) + kAffinityWeight * kFull * PreferredShare(task, node) -
         kTaintWeight * kFull * AvoidedTaints(task, node);
}

// FNV-1a, with the murmur finish: neighbours' names differ in their last byte only, which FNV alone
// leaves in the low bits.
std::uint64_t TieBreak(std::string_view task, std::string_view node) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::string_view part : {task, std::string_view("/"), node}) {
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

}  // namespace noizy::scheduler
