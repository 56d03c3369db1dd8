// A struct's plain members as a flat JSON object and back, by a table: one list says both ways.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/value/value.h"

namespace noizy {

template <typename T>
struct TextMember {
  std::string_view name;
  std::string T::*member;
};

template <typename T>
struct FigureMember {
  std::string_view name;
  std::int64_t T::*member;
};

/// Leaves out texts that are empty and figures that are zero. `texts` and `figures`: ranges of
/// TextMember and FigureMember.
template <typename T>
void WriteMembers(const T& from, const auto& texts, const auto& figures, Object& to) {
  for (const auto& [name, member] : texts) {
    if (!(from.*member).empty()) to[name] = from.*member;
  }
  for (const auto& [name, member] : figures) {
    if (from.*member != 0) to[name] = from.*member;
  }
}

/// What is missing, or of another type, becomes empty or zero.
template <typename T>
void ReadMembers(const Value& from, const auto& texts, const auto& figures, T& to) {
  for (const auto& [name, member] : texts) to.*member = StringAt(from, {name});
  for (const auto& [name, member] : figures) to.*member = IntAt(from, {name}).value_or(0);
}

}  // namespace noizy
