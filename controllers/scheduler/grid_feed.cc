#include "controllers/scheduler/grid_feed.h"

#include <utility>
#include <vector>

namespace noizy::scheduler {

using scheduling::HoldsResources;
using scheduling::MayWait;
using scheduling::ViewOf;

GridFeed::GridFeed(InformerFactory& informers)
    : tasks_(informers.Get<Task>().lister()),
      nodes_(informers.Get<Node>().lister()),
      policies_(informers.Get<RoutingPolicy>().lister()),
      quotas_(informers.Get<ResourceQuota>().lister()) {}

void GridFeed::NoteAll() {
  policies_changed_ = true;
  for (const auto& [key, node] : nodes_.All()) nodes_changed_.insert(key.name);
  for (const auto& [key, quota] : quotas_.All()) quotas_changed_.insert(key.ns);
  for (const auto& [key, task] : tasks_.All()) tasks_changed_.insert(key);
}

void GridFeed::Update() {
  if (starting_) NoteAll();
  if (std::exchange(policies_changed_, false)) ReadPolicies();
  for (const std::string& name : std::exchange(nodes_changed_, {})) ReadNode(name);
  for (const std::string& ns : std::exchange(quotas_changed_, {})) ReadQuotas(ns);
  // Reading one may note its dependents.
  while (!tasks_changed_.empty()) ReadTask(tasks_changed_.extract(tasks_changed_.begin()).value());
  starting_ = false;
}

void GridFeed::ReadPolicies() {
  std::vector<RoutingPolicy> policies;
  for (const auto& [key, policy] : policies_.All()) policies.push_back(*policy);
  routing_ = scheduling::RoutingTable(std::move(policies));
  for (const auto& [key, task] : tasks_.All()) {
    if (MayWait(*task)) tasks_changed_.insert(key);
  }
}

void GridFeed::ReadNode(const std::string& name) {
  const auto node = nodes_.Get({"", name});
  node ? grid_.SetNode(ViewOf(*node)) : grid_.RemoveNode(name);
}

void GridFeed::ReadQuotas(const std::string& ns) {
  std::vector<ResourceQuota> quotas;
  for (const auto& [key, quota] : quotas_.All()) {
    if (key.ns == ns) quotas.push_back(*quota);
  }
  grid_.SetQuota(ns, quotas.empty() ? std::nullopt : std::optional(scheduling::QuotaFrom(quotas)));
}

void GridFeed::ReadTask(const ObjectKey& key) {
  const auto task = tasks_.Get(key);
  if (assumed_.IsNewerThan(key, task.get())) return;
  if (const auto waiting = dependents_.extract(key))
    tasks_changed_.insert(waiting.mapped().begin(), waiting.mapped().end());
  if (task) Learn(*task);
  if (task && (HoldsResources(*task) || IsWaiting(*task))) {
    grid_.SetTask(ViewOf(*task, routing_));
  } else {
    grid_.RemoveTask(key);
  }
}

/// Whether the Task is the scheduler's to place. Its dependencies count before its first attempt
/// only.
bool GridFeed::IsWaiting(const Task& task) {
  if (!MayWait(task)) return false;
  bool fulfilled = true;
  if (!task.status.attempts.empty()) return fulfilled;
  for (const std::string& name : task.spec.depends_on) {
    const ObjectKey key{task.metadata.ns, name};
    const auto dependency = tasks_.Get(key);
    if (dependency && dependency->status.phase == "Succeeded") continue;
    dependents_[key].insert(task.metadata.Key());
    fulfilled = false;
  }
  return fulfilled;
}

// A Task is learned from once: when it was seen to end, or at the start.
void GridFeed::Learn(const Task& task) {
  const std::optional<scheduling::Run> run = scheduling::RunOf(task);
  if (!run || (!starting_ && grid_.Find(task.metadata.Key()) == nullptr)) return;
  grid_.Learn(ViewOf(task, routing_), task.status.attempts.back().node_name, *run);
}

}  // namespace noizy::scheduler
