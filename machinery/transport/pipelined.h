// What a transport may be able to do beside HttpTransport: send requests without a thread that
// waits for their replies.
#pragma once

#include <functional>
#include <vector>

#include "machinery/transport/http.h"

namespace noizy {

/// Thread-safe.
class PipelinedTransport {
 public:
  /// The replies, in the order of their requests.
  using Done = std::function<void(std::vector<Result<HttpReply>>)>;
  virtual ~PipelinedTransport() = default;
  /// Sends requests whose replies are no streams. `done` is called once, from any thread, when all
  /// are answered: before the call returns where that is at once.
  virtual void DoAllLater(std::vector<HttpRequest> requests, Done done) = 0;
};

}  // namespace noizy
