// One ExecuteTask.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apiserver/grid/task_watch.h"
#include "machinery/transport/grid_transport.h"

namespace noizy::apiserver {

/// Thread-safe from outside; all of its work is on the executor's thread.
class ExecuteCall final : public GridCall, public std::enable_shared_from_this<ExecuteCall> {
 public:
  ExecuteCall(const LocalApi& api, GridCaller caller, bool cancel_with_call,
              GridDone<v1::ExecuteTaskResponse> done)
      : api_(api),
        caller_(std::move(caller)),
        cancel_with_call_(cancel_with_call),
        done_(std::move(done)) {}

  void Start(const std::string& ns, const Value& task);
  void Cancel() override;

 private:
  void OnMade(const HttpReply& reply);
  void OnTask(const Value& task);
  void End(Result<v1::ExecuteTaskResponse> result);
  void DeleteTask() const;

  const LocalApi& api_;
  const GridCaller caller_;
  const bool cancel_with_call_;
  // The executor's thread's.
  GridDone<v1::ExecuteTaskResponse> done_;  // null once it was called, or nobody waits
  std::optional<TaskName> made_;
  std::shared_ptr<TaskWatch> watch_;
};

}  // namespace noizy::apiserver
