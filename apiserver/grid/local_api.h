// Requests to the API server in this process, whose answers come as callbacks: no thread waits.
// machinery/transport/in_process.h is the same for callers that may block.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "machinery/base/executor.h"
#include "machinery/transport/http.h"

namespace noizy::apiserver {

/// A streamed answer under way. Thread-safe. Letting go of it does not end it.
class LocalStream {
 public:
  virtual ~LocalStream() = default;
  /// No callback begins after it, when it is called on the executor's thread.
  virtual void Cancel() = 0;
};

/// On the executor's thread, each. Either on_reply, once, or pieces and then on_end.
struct LocalEvents {
  std::function<void(const HttpReply&)> on_reply;
  std::function<void(std::string_view piece)> on_piece;
  std::function<void()> on_end;
};

/// Thread-safe. The handler and the executor outlive all calls.
class LocalApi {
 public:
  LocalApi(HttpHandler handler, Executor& executor)
      : handler_(std::move(handler)), executor_(executor) {}

  /// Every request is answered, a dropped one with 500.
  std::shared_ptr<LocalStream> Send(HttpRequest request, LocalEvents events) const;
  Executor& executor() const { return executor_; }

 private:
  const HttpHandler handler_;
  Executor& executor_;
};

}  // namespace noizy::apiserver
