// One WatchTask.
#pragma once

#include <memory>
#include <optional>

#include "apiserver/grid/task_watch.h"
#include "machinery/transport/grid_transport.h"

namespace noizy::apiserver {

/// Thread-safe from outside; all of its work is on the executor's thread. The status in which the
/// Task ended is sent last, after its output.
class WatchCall final : public GridCall, public std::enable_shared_from_this<WatchCall> {
 public:
  WatchCall(const LocalApi& api, GridCaller caller, TaskName task, bool with_output,
            std::shared_ptr<GridEventSink> events)
      : api_(api),
        caller_(std::move(caller)),
        task_(std::move(task)),
        with_output_(with_output),
        events_(std::move(events)) {}

  void Start();
  void Cancel() override;

 private:
  void OnTask(const Value& task);
  void FollowNext();
  void OnOutput(std::string_view bytes);
  void OnLogEnd();
  void End(const Status& status);

  const LocalApi& api_;
  const GridCaller caller_;
  const TaskName task_;
  const bool with_output_;
  // The executor's thread's.
  std::shared_ptr<GridEventSink> events_;  // null once closed, or nobody listens
  std::shared_ptr<TaskWatch> watch_;
  std::shared_ptr<LocalStream> log_;    // null while none is followed
  std::int64_t followed_ = 0;           // the attempt of log_, or the last one
  std::int64_t attempt_ = 0;            // the newest that has started
  std::string told_;                    // the last status sent, serialised
  std::optional<v1::TaskStatus> last_;  // the status in which it ended
};

}  // namespace noizy::apiserver
