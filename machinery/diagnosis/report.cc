#include "machinery/diagnosis/report.h"

#include <array>

#include "machinery/value/json.h"

namespace noizy::diagnosis {
namespace {

struct TextMember {
  std::string_view name;
  std::string Report::*member;
};
constexpr std::array kTexts = {TextMember{"error", &Report::error},
                               TextMember{"policy", &Report::policy},
                               TextMember{"provider", &Report::provider},
                               TextMember{"model", &Report::model},
                               TextMember{"time", &Report::time},
                               TextMember{"phase", &Report::phase},
                               TextMember{"promptHash", &Report::prompt_hash}};

struct FigureMember {
  std::string_view name;
  std::int64_t Report::*member;
};
constexpr std::array kFigures = {FigureMember{"latencyMs", &Report::latency_ms},
                                 FigureMember{"inputTokens", &Report::input_tokens},
                                 FigureMember{"outputTokens", &Report::output_tokens}};

}  // namespace

std::string ToText(const Report& report) {
  Object object = report.error.empty() ? ToObject(report.answer) : Object{};
  for (const auto& [name, member] : kTexts) {
    if (!(report.*member).empty()) object[name] = report.*member;
  }
  for (const auto& [name, member] : kFigures) {
    if (report.*member != 0) object[name] = report.*member;
  }
  return ToJson(object);
}

Result<Report> ReadReport(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
  Report report;
  for (const auto& [name, member] : kTexts) report.*member = StringAt(document, {name});
  for (const auto& [name, member] : kFigures) report.*member = IntAt(document, {name}).value_or(0);
  if (!report.error.empty()) return report;
  Object answer;
  for (const std::string_view name :
       {"rootCause", "recommendedActions", "riskLevel", "confidence"}) {
    if (const Value* value = noizy::Find(document, {name})) answer[name] = *value;
  }
  NOIZY_ASSIGN_OR_RETURN(report.answer, ReadAnswer(ToJson(answer)));
  return report;
}

}  // namespace noizy::diagnosis
