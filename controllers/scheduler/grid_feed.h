// Keeps the scheduling core's grid equal to the local copies of Nodes, Tasks and RoutingPolicies,
// and ahead of them by the bindings in flight.
#pragma once

#include <map>
#include <set>
#include <string>

#include "controllers/scheduler/assumed.h"
#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/controller/informer.h"
#include "machinery/scheduling/from_objects.h"
#include "machinery/scheduling/grid.h"

namespace noizy::scheduler {

/// Handlers only note what changed; Update reads it. Executor thread only. The informers outlive
/// it.
class GridFeed {
 public:
  explicit GridFeed(InformerFactory& informers);

  void NoteTask(const ObjectKey& key) { tasks_changed_.insert(key); }
  void NoteNode(const std::string& name) { nodes_changed_.insert(name); }
  void NoteQuotas(const std::string& ns) { quotas_changed_.insert(ns); }
  void NotePolicies() { policies_changed_ = true; }
  /// Everything is read anew by the next Update.
  void NoteAll();

  /// Brings the grid up to date.
  void Update();

  scheduling::Grid& grid() { return grid_; }
  AssumedBindings& assumed() { return assumed_; }
  const Lister<Task>& tasks() const { return tasks_; }

 private:
  void ReadPolicies();
  void ReadNode(const std::string& name);
  void ReadQuotas(const std::string& ns);
  void ReadTask(const ObjectKey& key);
  bool IsWaiting(const Task& task);
  void Learn(const Task& task);

  const Lister<Task>& tasks_;
  const Lister<Node>& nodes_;
  const Lister<RoutingPolicy>& policies_;
  const Lister<ResourceQuota>& quotas_;
  scheduling::RoutingTable routing_;
  scheduling::Grid grid_;
  AssumedBindings assumed_;
  std::set<ObjectKey> tasks_changed_;
  std::set<std::string> nodes_changed_;
  std::set<std::string> quotas_changed_;  // by namespace
  bool policies_changed_ = false;
  bool starting_ = true;
  /// Tasks that wait for others to succeed, by those.
  std::map<ObjectKey, std::set<ObjectKey>> dependents_;
};

}  // namespace noizy::scheduler
