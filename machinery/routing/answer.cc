#include "machinery/routing/answer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "machinery/value/json.h"

namespace noizy::routing {
namespace {

constexpr std::array<std::string_view, 8> kTaskClasses = {
    "inference", "training", "build", "media", "data", "script", "service", "other"};
constexpr std::array<std::string_view, 3> kConfidences = {"low", "medium", "high"};

struct Bucket {
  std::string_view name;
  double seconds;
};
// Each ten times the one before it; in the middle, as one multiplies.
constexpr std::array kBuckets = {Bucket{"under 1 s", 0.3},        Bucket{"1 to 10 s", 3},
                                 Bucket{"10 to 100 s", 30},       Bucket{"100 to 1000 s", 300},
                                 Bucket{"1000 to 10000 s", 3000}, Bucket{"over 10000 s", 30000}};

constexpr std::array<std::string_view, 5> kMembers = {"candidate", "taskClass", "estimate",
                                                      "confidence", "reason"};

template <typename Names>
Array Words(const Names& names) {
  Array words;
  for (const auto& name : names) words.emplace_back(std::string_view(name));
  return words;
}

Value OneOf(Array words) {
  return Object{{"type", "string"}, {"enum", std::move(words)}};
}

Array BucketNames() {
  Array names;
  for (const Bucket& bucket : kBuckets) names.emplace_back(bucket.name);
  return names;
}

// UTF-8 is checked by the parser: what does not continue a character begins one.
std::size_t Characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// "c3" of five is 2.
std::optional<std::size_t> PlaceOf(std::string_view id, std::size_t candidates) {
  if (id.size() < 2 || id.front() != 'c' || id[1] == '0') return {};
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + 1, id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size()) return {};
  if (number < 1 || number > candidates) return {};
  return number - 1;
}

Status Wrong(std::string_view what) {
  std::string message("the model's answer ");
  message.append(what);
  return BadRequest(std::move(message));
}

Status CheckMembers(const Value& document) {
  if (!document.is_object()) return Wrong("is no object");
  for (const std::string_view member : kMembers) {
    const Value* value = Find(document, {member});
    if (value == nullptr || !value->is_string())
      return Wrong("has no text \"" + std::string(member) + "\"");
  }
  if (document.get_object().size() != kMembers.size()) return Wrong("has members of its own");
  return Status::Ok();
}

template <typename Names>
bool IsOneOf(std::string_view word, const Names& names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

}  // namespace

Value AnswerSchema(const std::vector<std::string>& ids) {
  return Object{{"type", "object"},
                {"properties", Object{{"candidate", OneOf(Words(ids))},
                                      {"taskClass", OneOf(Words(kTaskClasses))},
                                      {"estimate", OneOf(BucketNames())},
                                      {"confidence", OneOf(Words(kConfidences))},
                                      {"reason", Object{{"type", "string"}}}}},
                {"required", Words(kMembers)},
                {"additionalProperties", false}};
}

Result<Answer> ReadAnswer(std::string_view raw, std::size_t candidates) {
  if (raw.size() > kMostAnswerBytes) return Wrong("is longer than 4 KiB");
  std::vector<std::string> duplicates;
  const Result<Value> document = ParseJson(raw, {.duplicates = &duplicates});
  if (!document.ok()) return Wrong("is no JSON: " + document.status().message());
  if (!duplicates.empty()) return Wrong("says \"" + duplicates.front() + "\" twice");
  NOIZY_RETURN_IF_ERROR(CheckMembers(*document));
  Answer answer;
  const auto place = PlaceOf(StringAt(*document, {"candidate"}), candidates);
  if (!place) return Wrong("chooses none of the candidates");
  answer.candidate = *place;
  answer.task_class = StringAt(*document, {"taskClass"});
  if (!IsOneOf(answer.task_class, kTaskClasses)) return Wrong("names no known taskClass");
  answer.confidence = StringAt(*document, {"confidence"});
  if (!IsOneOf(answer.confidence, kConfidences)) return Wrong("names no known confidence");
  const auto bucket = std::find_if(kBuckets.begin(), kBuckets.end(), [&](const Bucket& one) {
    return one.name == StringAt(*document, {"estimate"});
  });
  if (bucket == kBuckets.end()) return Wrong("names no known estimate");
  answer.estimate_seconds = bucket->seconds;
  answer.reason = StringAt(*document, {"reason"});
  if (Characters(answer.reason) > kMostReasonCharacters)
    return Wrong("has a reason of over 200 characters");
  if (HasControls(answer.reason)) return Wrong("has control characters in its reason");
  return answer;
}

std::span<const std::string_view> TaskClasses() {
  return kTaskClasses;
}

}  // namespace noizy::routing
