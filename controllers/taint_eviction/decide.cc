#include "controllers/taint_eviction/decide.h"

#include <algorithm>

#include "machinery/scheduling/filters.h"

namespace noizy::taint_eviction {
namespace {

/// When the taint is not borne any more; at once when it is not tolerated, none when for ever.
std::optional<WallTime> EndOf(const Expelling& expelling, const Observed& seen) {
  bool tolerated = false;
  std::optional<Duration> shortest;
  for (const BorneToleration& borne : seen.tolerations) {
    if (!scheduling::Tolerates({borne.toleration}, expelling.taint)) continue;
    tolerated = true;
    if (borne.bears) shortest = std::min(shortest.value_or(*borne.bears), *borne.bears);
  }
  if (!tolerated) return expelling.since;
  if (!shortest) return std::nullopt;
  return expelling.since + *shortest;
}

}  // namespace

Plan Decide(const Observed& seen) {
  Plan plan;
  for (const Expelling& expelling : seen.taints) {
    const auto end = EndOf(expelling, seen);
    if (!end) continue;
    if (*end <= seen.now) {
      const std::string value = expelling.taint.value.empty() ? "" : "=" + expelling.taint.value;
      return {expelling.taint.key + value, {}};
    }
    plan.look_again = std::min(plan.look_again.value_or(*end), *end);
  }
  return plan;
}

}  // namespace noizy::taint_eviction
