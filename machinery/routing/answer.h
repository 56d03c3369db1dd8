// What a model may answer, and nothing else.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::routing {

/// Kept with a decision: no answer of the schema is longer.
inline constexpr std::size_t kMostAnswerBytes = 4096;
inline constexpr std::size_t kMostReasonCharacters = 200;

struct Answer {
  /// The place of the chosen id: 0 is c1.
  std::size_t candidate = 0;
  std::string task_class;
  /// In the middle of the bucket that the model named.
  double estimate_seconds = 0;
  std::string confidence;
  std::string reason;
};

/// The JSON Schema of an answer that chooses among `ids`. Strict: every member is required, no
/// other is allowed, as the providers' structured outputs want it.
Value AnswerSchema(const std::vector<std::string>& ids);

/// BadRequest, with what is wrong, for anything but an object of that schema.
Result<Answer> ReadAnswer(std::string_view raw, std::size_t candidates);

/// The kinds of work that a model may take a Task for.
std::span<const std::string_view> TaskClasses();

}  // namespace noizy::routing
