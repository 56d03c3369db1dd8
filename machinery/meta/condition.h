// Conditions: metav1.Condition entries, a list keyed by type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace noizy {

/// One observation about an object. Generated kinds hold std::vector<Condition>.
struct Condition {
  std::string type;
  std::string status;  // "True", "False", "Unknown"
  std::string reason;  // CamelCase, never empty
  std::string message;
  std::string last_transition_time;      // RFC 3339
  std::int64_t observed_generation = 0;  // 0: not told

  bool operator==(const Condition&) const = default;
};

/// The condition of that type, or null. Works over any type with Condition's members.
template <typename C>
const C* FindCondition(const std::vector<C>& conditions, std::string_view type) {
  for (const C& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

/// True when the condition is there with status "True".
template <typename C>
bool IsConditionTrue(const std::vector<C>& conditions, std::string_view type) {
  const C* condition = FindCondition(conditions, type);
  return condition != nullptr && condition->status == "True";
}

/// Sets or adds `next` by type. last_transition_time becomes `now` only when the status changed;
/// returns whether anything changed.
template <typename C>
bool SetCondition(std::vector<C>& conditions, C next, std::string_view now) {
  for (C& condition : conditions) {
    if (condition.type != next.type) continue;
    const bool flipped = condition.status != next.status;
    next.last_transition_time = flipped ? std::string(now) : condition.last_transition_time;
    const bool changed = flipped || condition.reason != next.reason ||
                         condition.message != next.message ||
                         condition.observed_generation != next.observed_generation;
    condition = std::move(next);
    return changed;
  }
  next.last_transition_time = now;
  conditions.push_back(std::move(next));
  return true;
}

}  // namespace noizy
