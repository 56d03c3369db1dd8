#include "controllers/resource_quota/decide.h"

#include <string>

#include "machinery/meta/quantity.h"
#include "machinery/scheduling/from_objects.h"

namespace noizy::resource_quota {
namespace {

// As people write it: bytes with a binary suffix, all else as a decimal.
std::string Shown(const std::string& counted, std::int64_t milli) {
  const bool bytes = counted == "memory" || counted == "ephemeral-storage";
  return bytes ? FormatBytes(Quantity{milli}.Whole()) : FormatDecimal({milli});
}

}  // namespace

ResourceQuotaStatus Decide(const ResourceQuota& quota,
                           const std::vector<std::shared_ptr<const Task>>& tasks) {
  scheduling::Resources held;
  for (const auto& task : tasks) {
    if (!scheduling::HoldsResources(*task)) continue;
    scheduling::AddTo(held, scheduling::RequestsOf(*task));
    scheduling::AddTo(held, {{std::string(scheduling::kTasksResource), 1000}});
  }
  ResourceQuotaStatus status;
  status.hard = quota.spec.hard;
  for (const auto& [name, bound] : quota.spec.hard) {
    const std::string counted = scheduling::CountedBy(name);
    if (!counted.empty()) status.used[name] = Shown(counted, scheduling::At(held, counted));
  }
  return status;
}

}  // namespace noizy::resource_quota
