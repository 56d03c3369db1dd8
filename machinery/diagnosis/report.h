// How a diagnosis is asked for and kept: two annotations, which any client of the API can write and
// read. kubectl annotate task/a noizy.dev/diagnose= asks; noizy.dev/diagnosis is the answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/diagnosis/answer.h"

namespace noizy::diagnosis {

/// Asks: its value names the RoutingPolicy whose models are asked, or is empty.
inline constexpr std::string_view kRequestAnnotation = "noizy.dev/diagnose";
/// Holds the last report.
inline constexpr std::string_view kReportAnnotation = "noizy.dev/diagnosis";

struct Report {
  /// Why there is no answer; "" when there is one.
  std::string error;
  Answer answer;
  /// Where the answer is from.
  std::string policy;
  std::string provider;
  std::string model;
  std::string time;  // RFC 3339
  /// The Task's phase when it was looked at; "" for a Node.
  std::string phase;
  std::string prompt_hash;
  std::int64_t latency_ms = 0;
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;

  bool operator==(const Report&) const = default;
};

std::string ToText(const Report& report);
/// BadRequest for what no report is: anybody who may write the object may have written it.
Result<Report> ReadReport(std::string_view text);

}  // namespace noizy::diagnosis
