#include "machinery/scheduling/grid_copy.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace noizy::scheduling {
namespace {

/// The dependencies of a Task that had no attempt yet are all among those that succeeded.
bool IsReleased(const Task& task, const std::set<ObjectKey>& succeeded) {
  if (!task.status.attempts.empty()) return true;
  return std::ranges::all_of(task.spec.depends_on, [&](const std::string& name) {
    return succeeded.contains({task.metadata.ns, name});
  });
}

}  // namespace

GridCopy::GridCopy(const GridObjects& objects) {
  std::map<std::string, std::vector<ResourceQuota>> by_namespace;
  for (const auto& quota : objects.quotas) by_namespace[quota->metadata.ns].push_back(*quota);
  for (const auto& [ns, own] : by_namespace) grid.SetQuota(ns, QuotaFrom(own));
  std::vector<RoutingPolicy> policies;
  for (const auto& policy : objects.policies) policies.push_back(*policy);
  routing = RoutingTable(std::move(policies));
  for (const auto& node : objects.nodes) grid.SetNode(ViewOf(*node));
  std::set<ObjectKey> succeeded;
  for (const auto& task : objects.tasks) {
    if (task->status.phase == "Succeeded") succeeded.insert(task->metadata.Key());
  }
  for (const auto& task : objects.tasks) {
    if (!MayWait(*task) || IsReleased(*task, succeeded)) Add(*task);
  }
}

void GridCopy::Add(const Task& task) {
  const TaskView view = ViewOf(task, routing);
  if (const auto run = RunOf(task)) grid.Learn(view, task.status.attempts.back().node_name, *run);
  if (HoldsResources(task) || MayWait(task)) grid.SetTask(view);
}

}  // namespace noizy::scheduling
