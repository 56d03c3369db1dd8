// How a plan for all Tasks that wait is asked for and kept: two annotations of a RoutingPolicy.
// Asked for by the one, the plan stands in the other beside what the scheduler would do; it counts
// once somebody applies it (machinery/scheduling/applied_plan.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/allocation/question.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/model/model_client.h"
#include "machinery/scheduling/applied_plan.h"

namespace noizy::allocation {

/// Asks the models of the policy that has it; its value says nothing.
inline constexpr std::string_view kRequestAnnotation = "noizy.dev/optimize";
/// Holds the last report.
inline constexpr std::string_view kReportAnnotation = "noizy.dev/allocation";

/// One Task of the plan.
struct Line {
  /// The plan's node; "" where it has none, or one that was dropped.
  scheduling::PlannedPlace place;
  /// The scheduler's own choice; "" where it lets the Task wait.
  std::string own_node;
  std::string own_reason;
  /// The Task fits there beside what runs there, and the plan's Tasks that come before it.
  bool fits_now = false;
  /// Why what the model said is not in the plan; "" where it is.
  std::string dropped;

  bool operator==(const Line&) const = default;
};

struct Report {
  /// Why there is no plan; "" when there is one.
  std::string error;
  std::vector<Line> lines;
  std::string confidence;
  std::string reason;
  // Where the plan is from.
  std::string provider;
  std::string model;
  std::string time;  // RFC 3339
  std::string prompt_hash;
  std::int64_t latency_ms = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;

  bool operator==(const Report&) const = default;
};

/// What came of asking: the answer's places, each checked against `objects`; the infeasible ones
/// are dropped.
Report ReportOf(const Question& question, const model::Outcome& outcome,
                const scheduling::GridObjects& objects, WallTime now);

/// The plan as it is applied, to hold until `until`.
scheduling::AppliedPlan PlanOf(const Report& report, WallTime until);

std::string ToText(const Report& report);
/// BadRequest for what no report is: anybody who may write the policy may have written it.
Result<Report> ReadReport(std::string_view text);

}  // namespace noizy::allocation
