#include "machinery/diagnosis/report.h"

#include <array>

#include "machinery/value/json.h"
#include "machinery/value/members.h"

namespace noizy::diagnosis {
namespace {

constexpr std::array kTexts = {TextMember<Report>{"error", &Report::error},
                               TextMember<Report>{"policy", &Report::policy},
                               TextMember<Report>{"provider", &Report::provider},
                               TextMember<Report>{"model", &Report::model},
                               TextMember<Report>{"time", &Report::time},
                               TextMember<Report>{"phase", &Report::phase},
                               TextMember<Report>{"promptHash", &Report::prompt_hash}};

constexpr std::array kFigures = {FigureMember<Report>{"latencyMs", &Report::latency_ms},
                                 FigureMember<Report>{"inputTokens", &Report::input_tokens},
                                 FigureMember<Report>{"outputTokens", &Report::output_tokens}};

}  // namespace

std::string ToText(const Report& report) {
  Object object = report.error.empty() ? ToObject(report.answer) : Object{};
  WriteMembers(report, kTexts, kFigures, object);
  return ToJson(object);
}

Result<Report> ReadReport(std::string_view text) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, ParseJson(text));
  Report report;
  ReadMembers(document, kTexts, kFigures, report);
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
