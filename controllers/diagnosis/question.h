// Asking about one object: gathers what is known of it, asks, and reports. It reads the API and
// waits for a model, so it runs on a thread where that is nobody's concern.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kinds/node.h"
#include "kinds/task.h"
#include "machinery/base/clock.h"
#include "machinery/client/client.h"
#include "machinery/diagnosis/report.h"
#include "machinery/model/model_client.h"

namespace noizy::diagnosis {

/// A person waits for it at the most this long, unless the policy allows more.
inline constexpr Duration kDeadline = std::chrono::seconds(60);

struct Question {
  /// Null in a question about a node.
  std::shared_ptr<const Task> task = {};
  /// The Task's, where it is known.
  std::shared_ptr<const Node> node = {};
  /// Of a question about a node: Tasks that failed there, oldest first.
  std::vector<Task> failures = {};
  std::string policy = {};
  /// Whether the policy lets the model see what the Task's author wrote, and what the Task did.
  bool shows_text = true;
  Duration deadline = kDeadline;
};

/// The evidence, with the values of the Secrets that the Task names taken out. A log is shown only
/// when all of them could be read.
Value Gather(const Question& question, const Client& client);

Report Ask(const Question& question, const Client& client, const Clock& clock,
           const model::Asker& ask);

}  // namespace noizy::diagnosis
