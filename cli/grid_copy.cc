#include "cli/grid_copy.h"

#include <map>
#include <set>
#include <utility>

#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "machinery/client/typed.h"

namespace noizy::cli {
namespace {

using scheduling::HoldsResources;
using scheduling::MayWait;
using scheduling::ViewOf;

bool HasSucceeded(const Task& task) {
  return task.status.phase == "Succeeded";
}

/// The dependencies of a Task that had no attempt yet are all among those that succeeded.
bool IsReleased(const Task& task, const std::set<ObjectKey>& succeeded) {
  if (!task.status.attempts.empty()) return true;
  return std::all_of(task.spec.depends_on.begin(), task.spec.depends_on.end(),
                     [&](const std::string& name) {
                       return succeeded.contains({task.metadata.ns, name});
                     });
}

}  // namespace

void GridCopy::Add(const Task& task) {
  const scheduling::TaskView view = ViewOf(task, routing);
  if (const auto run = scheduling::RunOf(task))
    grid.Learn(view, task.status.attempts.back().node_name, *run);
  if (HoldsResources(task) || MayWait(task)) grid.SetTask(view);
}

Result<std::unique_ptr<GridCopy>> CopyGrid(Session& session) {
  auto copy = std::make_unique<GridCopy>();
  NOIZY_ASSIGN_OR_RETURN(auto policies, TypedClient<RoutingPolicy>(session.client()).List());
  NOIZY_ASSIGN_OR_RETURN(const auto nodes, TypedClient<Node>(session.client()).List());
  NOIZY_ASSIGN_OR_RETURN(const auto tasks, TypedClient<Task>(session.client()).List());
  NOIZY_ASSIGN_OR_RETURN(const auto quotas, TypedClient<ResourceQuota>(session.client()).List());
  std::map<std::string, std::vector<ResourceQuota>> by_namespace;
  for (const ResourceQuota& quota : quotas.items) by_namespace[quota.metadata.ns].push_back(quota);
  for (const auto& [ns, own] : by_namespace) copy->grid.SetQuota(ns, scheduling::QuotaFrom(own));
  copy->routing = scheduling::RoutingTable(std::move(policies.items));
  for (const Node& node : nodes.items) copy->grid.SetNode(ViewOf(node));
  std::set<ObjectKey> succeeded;
  for (const Task& task : tasks.items) {
    if (HasSucceeded(task)) succeeded.insert(task.metadata.Key());
  }
  for (const Task& task : tasks.items) {
    if (!MayWait(task) || IsReleased(task, succeeded)) copy->Add(task);
  }
  return copy;
}

}  // namespace noizy::cli
