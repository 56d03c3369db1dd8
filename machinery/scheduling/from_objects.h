// From Nodes, Tasks and RoutingPolicies to what the decision sees.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kinds/node.h"
#include "kinds/resourcequota.h"
#include "kinds/routingpolicy.h"
#include "kinds/task.h"
#include "machinery/scheduling/applied_plan.h"
#include "machinery/scheduling/grid.h"
#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

/// A Task with this label is learned together with those of the same value, whatever they run.
inline constexpr std::string_view kWorkLabel = "noizy.dev/work";
/// Annotations: how many bytes a Task's node has to have before it starts, and which node has them.
inline constexpr std::string_view kDataBytes = "noizy.dev/data-bytes";
inline constexpr std::string_view kDataNode = "noizy.dev/data-node";
/// The condition of a Task that was asked to leave its node, as a Pod's.
inline constexpr std::string_view kDisruptionTarget = "DisruptionTarget";

NodeView ViewOf(const Node& node);

/// Which policy is a Task's.
class RoutingTable {
 public:
  RoutingTable() = default;
  explicit RoutingTable(std::vector<RoutingPolicy> policies);
  /// The one it names, else the most specific one that matches (its task types count as one
  /// requirement), then the highest priority, then the first name.
  Routing RouteOf(const Task& task) const;
  /// What the plans that were applied to the policies say.
  const PlannedNodes& planned() const { return planned_; }

 private:
  struct Entry {
    RoutingPolicy policy;
    Selector selector;
    std::size_t requirements = 0;
    bool Matches(const Task& task, const KeyValues& labels) const;
  };
  std::vector<Entry> entries_;  // in the order in which they win
  PlannedNodes planned_;
};

TaskView ViewOf(const Task& task, const RoutingTable& routing);

/// What is set aside for the Task on its node: its requests, and its limits where it requests none.
Resources RequestsOf(const Task& task);
Resources ResourcesOf(const std::map<std::string, IntOrString>& quantities);

/// What a quota counts the Tasks themselves by.
inline constexpr std::string_view kTasksResource = "tasks";
/// The resource that a name in a ResourceQuota bounds ("cpu" for "requests.cpu" and "cpu"); "" for
/// one that is not counted here: limits.…, and what only Kubernetes has.
std::string CountedBy(const std::string& name);
/// What the quotas of one namespace allow together: the least that any of them does.
Quota QuotaFrom(const std::vector<ResourceQuota>& quotas);

/// What the Task's run time is learned by: its label, else what it runs. Of an inference the model
/// counts in any case.
std::string WorkOf(const Task& task);
/// How a Task that succeeded ran; nothing of one that tells too little to learn from.
std::optional<Run> RunOf(const Task& task);

/// The Task holds its node's resources: bound, and not finished. A lost node's Task holds them
/// until it is given up.
bool HoldsResources(const Task& task);
/// Pending, neither suspended nor being deleted; its dependencies are not looked at.
bool MayWait(const Task& task);

Toleration TolerationOf(const kinds::Toleration& toleration);
TaintEffect EffectFrom(std::string_view name);

/// The clock that a processor's name tells ("… @ 2.60GHz") over the reference; 1 when it tells
/// none.
double SpeedFrom(std::string_view cpu_model);

}  // namespace noizy::scheduling
