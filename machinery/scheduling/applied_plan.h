// A plan for Tasks that wait, as an operator applied it: an annotation of the RoutingPolicy whose
// models made it (machinery/allocation). It is a wish: the scheduler takes the node it names where
// that can run the Task, waits for it where that is only full, and else decides as ever.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/scheduling/views.h"

namespace noizy::scheduling {

/// On a RoutingPolicy: whoever may change those may plan for all namespaces.
inline constexpr std::string_view kAppliedPlanAnnotation = "noizy.dev/applied-plan";
/// However long a plan wants to hold Tasks for its nodes, it ends this long after it was made.
inline constexpr Duration kLongestPlan = std::chrono::hours(1);
/// Places of one plan.
inline constexpr std::size_t kMostPlaces = 24;

/// One Task's node. A Task of the same name, or another attempt of it, is none of the plan's.
struct PlannedPlace {
  ObjectKey task;
  std::string uid;
  std::int64_t attempt = 0;
  std::string node;

  bool operator==(const PlannedPlace&) const = default;
};

struct AppliedPlan {
  WallTime made;
  WallTime until;
  std::string provider;
  std::string model;
  std::string prompt_hash;
  std::string reason;
  std::vector<PlannedPlace> places;

  bool operator==(const AppliedPlan&) const = default;
};

std::string ToText(const AppliedPlan& plan);
/// BadRequest for what no plan is. `until` is cut to kLongestPlan.
Result<AppliedPlan> ReadAppliedPlan(std::string_view text);

/// The places of all plans, by Task. Where two plans name one Task, the newer one counts.
class PlannedNodes {
 public:
  void Add(const std::string& policy, const AppliedPlan& plan);
  /// Null for a Task without a place, and once it has had the attempt that was planned.
  const PlannedNode* Of(const Task& task) const;

 private:
  struct Entry {
    WallTime made;
    std::int64_t attempt = 0;
    PlannedNode planned;
  };
  std::map<std::string, Entry> by_uid_;
};

}  // namespace noizy::scheduling
