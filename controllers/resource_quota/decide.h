// What a ResourceQuota's status says, from its bounds and the Tasks of its namespace. Pure.
#pragma once

#include <memory>
#include <vector>

#include "kinds/resourcequota.h"
#include "kinds/task.h"

namespace noizy::resource_quota {

/// `tasks` are those of the quota's namespace, in whatever phase.
ResourceQuotaStatus Decide(const ResourceQuota& quota,
                           const std::vector<std::shared_ptr<const Task>>& tasks);

}  // namespace noizy::resource_quota
