// What a model may answer about Tasks that wait, and nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::allocation {

/// No answer is longer.
inline constexpr std::size_t kMostAnswerBytes = 4096;
inline constexpr std::size_t kMostReasonBytes = 600;

struct Answer {
  /// By Task: the place of the chosen node among those asked about; none: the model has no wish.
  std::vector<std::optional<std::size_t>> nodes;
  std::string confidence;
  std::string reason;
};

/// "t1" and "c1" are the first Task and the first node.
std::string TaskId(std::size_t place);
std::string NodeId(std::size_t place);

/// The JSON Schema of an answer: a node's id or "none" for each Task, by `choices`, the nodes that
/// could run it. Strict as the providers' structured outputs want it.
Value AnswerSchema(const std::vector<std::vector<std::size_t>>& choices);

/// BadRequest, with what is wrong, for anything but one known node or "none" for each of `tasks`
/// Tasks, a confidence and a reason. Whether the node could run the Task is not looked at.
Result<Answer> ReadAnswer(std::string_view raw, std::size_t tasks, std::size_t nodes);

}  // namespace noizy::allocation
