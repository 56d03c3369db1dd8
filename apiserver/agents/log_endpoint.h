// GET …/tasks/NAME/log: an attempt's output as text, whole or followed.
//
//   ?attempt=N (the newest) &follow=true &tailLines=N &sinceSeconds=N &timestamps=true
//   &limitBytes=N
//
// Following a Task that has no attempt yet waits for its first one.
#pragma once

#include "apiserver/agents/log_reader.h"
#include "apiserver/agents/logs.h"
#include "apiserver/resources/request.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/executor.h"

namespace noizy::apiserver {

/// Thread-safe. Its streams live on the executor, which may block on the disk and must be stopped
/// before this goes.
class LogEndpoint {
 public:
  LogEndpoint(Store& store, LogStore& logs, const Clock& clock, Executor& executor)
      : store_(store), logs_(logs), clock_(clock), executor_(executor) {}

  /// Answers a request for the subresource "log" of tasks.noizy.dev.
  void Handle(const RequestPtr& request);

 private:
  Store& store_;
  LogStore& logs_;
  const Clock& clock_;
  Executor& executor_;
};

}  // namespace noizy::apiserver
