// What a model may answer about what is wrong, and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::diagnosis {

/// No answer is longer.
inline constexpr std::size_t kMostAnswerBytes = 8192;
inline constexpr std::size_t kMostActions = 8;

struct Answer {
  std::string root_cause;
  /// For people to read; nothing runs them.
  std::vector<std::string> recommended_actions;
  /// 1, nothing to worry about, to 10, work or data are being lost.
  std::int64_t risk_level = 0;
  /// low, medium or high.
  std::string confidence;

  bool operator==(const Answer&) const = default;
};

/// The JSON Schema of an answer, strict as the providers' structured outputs want it.
Value AnswerSchema();

/// BadRequest, with what is wrong, for anything but an object of that schema. Line ends within its
/// sentences become spaces; other control characters are refused.
Result<Answer> ReadAnswer(std::string_view raw);

/// The members of an answer, as the schema has them.
Object ToObject(const Answer& answer);

}  // namespace noizy::diagnosis
