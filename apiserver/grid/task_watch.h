// Follows one Task over the API's own watch, over its ends and restarts.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apiserver/grid/local_api.h"
#include "apiserver/grid/requests.h"

namespace noizy::apiserver {

/// For the executor's thread. Lives as long as it watches, or is held.
class TaskWatch : public std::enable_shared_from_this<TaskWatch> {
 public:
  struct Events {
    /// The Task as it is now.
    std::function<void(const Value& task)> on_task;
    /// Nothing comes after it. NotFound when the Task was deleted.
    std::function<void(const Status&)> on_failed;
  };

  TaskWatch(const LocalApi& api, GridCaller caller, TaskName task, Events events)
      : api_(api), caller_(std::move(caller)), task_(std::move(task)), events_(std::move(events)) {}

  /// Begins with the Task as it is.
  void Start();
  /// Begins after `task`, of which on_task does not hear.
  void StartAfter(const Value& task);
  /// No event comes after it.
  void Stop();

 private:
  void Read();
  void Watch();
  void WatchAgain();
  void OnObject(const HttpReply& reply);
  void OnPiece(std::string_view piece);
  void OnLine(std::string_view line);
  void Fail(const Status& status);

  const LocalApi& api_;
  const GridCaller caller_;
  const TaskName task_;
  Events events_;
  std::shared_ptr<LocalStream> stream_;
  std::string revision_;
  std::string partial_;  // the beginning of a line whose end has not come
  bool stopped_ = false;
};

}  // namespace noizy::apiserver
