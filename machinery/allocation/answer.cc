#include "machinery/allocation/answer.h"

#include <algorithm>
#include <array>

#include "machinery/value/json.h"

namespace noizy::allocation {
namespace {

constexpr std::string_view kNone = "none";
constexpr std::array<std::string_view, 3> kConfidences = {"low", "medium", "high"};
constexpr std::size_t kOtherMembers = 2;  // confidence and reason

Status Wrong(const std::string& what) {
  return BadRequest("the model's answer " + what);
}

Value OneOf(Array words) {
  return Object{{"type", "string"}, {"enum", std::move(words)}};
}

std::optional<std::size_t> PlaceOf(std::string_view id, std::size_t nodes) {
  for (std::size_t place = 0; place < nodes; ++place) {
    if (id == NodeId(place)) return place;
  }
  return {};
}

bool HasControls(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<Value> Parsed(std::string_view raw) {
  if (raw.size() > kMostAnswerBytes) return Wrong("is longer than 4 KiB");
  std::vector<std::string> duplicates;
  Result<Value> document = ParseJson(raw, {.duplicates = &duplicates});
  if (!document.ok()) return Wrong("is no JSON: " + document.status().message());
  if (!duplicates.empty()) return Wrong("says \"" + duplicates.front() + "\" twice");
  if (!document->is_object()) return Wrong("is no object");
  return document;
}

}  // namespace

std::string TaskId(std::size_t place) {
  return "t" + std::to_string(place + 1);
}

std::string NodeId(std::size_t place) {
  return "c" + std::to_string(place + 1);
}

Value AnswerSchema(const std::vector<std::vector<std::size_t>>& choices) {
  Object properties;
  Array required;
  for (std::size_t task = 0; task < choices.size(); ++task) {
    Array ids;
    for (const std::size_t node : choices[task]) ids.emplace_back(NodeId(node));
    ids.emplace_back(kNone);
    properties[TaskId(task)] = OneOf(std::move(ids));
    required.emplace_back(TaskId(task));
  }
  properties["confidence"] = OneOf(Array(kConfidences.begin(), kConfidences.end()));
  properties["reason"] =
      Object{{"type", "string"}, {"description", "Why, in one or two sentences."}};
  required.emplace_back("confidence");
  required.emplace_back("reason");
  return Object{{"type", "object"},
                {"properties", std::move(properties)},
                {"required", std::move(required)},
                {"additionalProperties", false}};
}

Result<Answer> ReadAnswer(std::string_view raw, std::size_t tasks, std::size_t nodes) {
  NOIZY_ASSIGN_OR_RETURN(const Value document, Parsed(raw));
  if (document.get_object().size() != tasks + kOtherMembers)
    return Wrong("has not the members that it should have");
  Answer answer;
  for (std::size_t task = 0; task < tasks; ++task) {
    const std::string_view id = StringAt(document, {TaskId(task)});
    answer.nodes.push_back(PlaceOf(id, nodes));
    if (!answer.nodes.back() && id != kNone) return Wrong("has no known node for " + TaskId(task));
  }
  answer.confidence = StringAt(document, {"confidence"});
  if (std::ranges::find(kConfidences, answer.confidence) == kConfidences.end())
    return Wrong("names no known confidence");
  const Value* reason = Find(document, {"reason"});
  if (reason == nullptr || !reason->is_string()) return Wrong("has no text \"reason\"");
  answer.reason = StringAt(document, {"reason"});
  if (answer.reason.size() > kMostReasonBytes) return Wrong("has a reason that is too long");
  if (HasControls(answer.reason)) return Wrong("has control characters in its reason");
  return answer;
}

}  // namespace noizy::allocation
