// What a model is told about a Task or a Node that does not do well: facts of the control plane,
// and the end of what the Task wrote. Bounded in size, and redacted, text by text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kinds/event.h"
#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/diagnosis/redact.h"
#include "machinery/model/chat.h"
#include "machinery/value/value.h"

namespace noizy::diagnosis {

/// Of the log, at most; about what fits on two screens.
inline constexpr std::size_t kMostLogBytes = 8192;
/// Of the command or the script.
inline constexpr std::size_t kMostSourceBytes = 4096;
/// Of any other text.
inline constexpr std::size_t kMostTextBytes = 512;
/// The latest of each list.
inline constexpr std::size_t kMostEvents = 20;
inline constexpr std::size_t kMostAttempts = 5;
inline constexpr std::size_t kMostFailures = 10;

struct TaskFacts {
  const Task& task;
  /// Where it runs or ran last; null when there is none.
  const Node* node = nullptr;
  /// Oldest first.
  std::vector<Event> events = {};
  /// The end of what it wrote; absent where it must not be shown, or cannot be read.
  std::optional<std::string> log = {};
  /// Why there is no log.
  std::string no_log = {};
  /// Whether its command or script may be shown.
  bool shows_source = true;
};

struct NodeFacts {
  const Node& node;
  std::vector<Event> events = {};
  /// Tasks that failed there, oldest first.
  std::vector<Task> failures = {};
};

/// Neither values of variables nor a payload or a prompt are among it, nor addresses of machines.
Value EvidenceOf(const TaskFacts& facts, const Redactor& redactor);
Value EvidenceOf(const NodeFacts& facts, const Redactor& redactor);

/// The question: rules of ours in the system's turn, `evidence` as data in the user's.
model::ChatRequest PromptOf(const Value& evidence);

}  // namespace noizy::diagnosis
