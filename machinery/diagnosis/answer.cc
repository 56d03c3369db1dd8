#include "machinery/diagnosis/answer.h"

#include <algorithm>
#include <array>

#include "machinery/value/json.h"

namespace noizy::diagnosis {
namespace {

constexpr std::array<std::string_view, 3> kConfidences = {"low", "medium", "high"};
constexpr std::array<std::string_view, 4> kMembers = {"rootCause", "recommendedActions",
                                                      "riskLevel", "confidence"};
constexpr std::size_t kMostSentenceBytes = 1500;
constexpr std::int64_t kHighestRisk = 10;

Status Wrong(std::string_view what) {
  std::string message("the model's answer ");
  message.append(what);
  return BadRequest(std::move(message));
}

Result<std::string> Sentence(std::string_view text, std::string_view what) {
  std::string sentence(text);
  for (char& c : sentence) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(sentence, control))
    return Wrong("has control characters in " + std::string(what));
  if (sentence.size() > kMostSentenceBytes) return Wrong("says too much in " + std::string(what));
  if (sentence.find_first_not_of(' ') == std::string::npos)
    return Wrong("says nothing in " + std::string(what));
  return sentence;
}

Result<std::vector<std::string>> Actions(const Array& array) {
  if (array.size() > kMostActions) return Wrong("recommends more than eight actions");
  std::vector<std::string> actions;
  for (const Value& action : array) {
    if (!action.is_string()) return Wrong("has an action that is no text");
    NOIZY_ASSIGN_OR_RETURN(std::string sentence,
                           Sentence(View(action.get_string()), "recommendedActions"));
    actions.push_back(std::move(sentence));
  }
  return actions;
}

Array Words(const auto& names) {
  Array words;
  for (const std::string_view name : names) words.emplace_back(name);
  return words;
}

// One by one: not every provider's structured output knows bounds of a number.
Array Risks() {
  Array risks;
  for (std::int64_t risk = 1; risk <= kHighestRisk; ++risk) risks.emplace_back(risk);
  return risks;
}

Value Text(std::string_view description) {
  return Object{{"type", "string"}, {"description", description}};
}

}  // namespace

Value AnswerSchema() {
  return Object{
      {"type", "object"},
      {"properties",
       Object{{"rootCause", Text("Why it is so, in one or two sentences.")},
              {"recommendedActions",
               Object{{"type", "array"},
                      {"items", Text("What a person should do, in one sentence.")},
                      {"description", "The most useful first; eight at most."}}},
              {"riskLevel",
               Object{{"type", "integer"},
                      {"enum", Risks()},
                      {"description", "1: nothing to worry about, to 10: work or data are lost."}}},
              {"confidence", Object{{"type", "string"}, {"enum", Words(kConfidences)}}}}},
      {"required", Words(kMembers)},
      {"additionalProperties", false}};
}

Result<Answer> ReadAnswer(std::string_view raw) {
  if (raw.size() > kMostAnswerBytes) return Wrong("is longer than 8 KiB");
  std::vector<std::string> duplicates;
  const Result<Value> document = ParseJson(raw, {.duplicates = &duplicates});
  if (!document.ok()) return Wrong("is no JSON: " + document.status().message());
  if (!duplicates.empty()) return Wrong("says \"" + duplicates.front() + "\" twice");
  if (!document->is_object()) return Wrong("is no object");
  if (document->get_object().size() != kMembers.size())
    return Wrong("has not the members that it should have");
  const Array* actions = ArrayAt(*document, {"recommendedActions"});
  const auto risk = IntAt(*document, {"riskLevel"});
  if (actions == nullptr) return Wrong("has no list \"recommendedActions\"");
  if (!risk || *risk < 1 || *risk > kHighestRisk) return Wrong("has no riskLevel from 1 to 10");
  Answer answer;
  NOIZY_ASSIGN_OR_RETURN(answer.root_cause,
                         Sentence(StringAt(*document, {"rootCause"}), "rootCause"));
  NOIZY_ASSIGN_OR_RETURN(answer.recommended_actions, Actions(*actions));
  answer.risk_level = *risk;
  answer.confidence = StringAt(*document, {"confidence"});
  if (std::ranges::find(kConfidences, answer.confidence) == kConfidences.end())
    return Wrong("names no known confidence");
  return answer;
}

Object ToObject(const Answer& answer) {
  return Object{{"rootCause", answer.root_cause},
                {"recommendedActions", Words(answer.recommended_actions)},
                {"riskLevel", answer.risk_level},
                {"confidence", answer.confidence}};
}

}  // namespace noizy::diagnosis
