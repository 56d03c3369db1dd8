// The REST requests behind the Grid service's calls. Pure.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/transport/grid_transport.h"
#include "machinery/transport/http.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// A Task's place.
struct TaskName {
  std::string ns;
  std::string name;
};

HttpRequest CreateTaskRequest(const GridCaller& caller, const std::string& ns, const Value& task);
HttpRequest GetTaskRequest(const GridCaller& caller, const TaskName& task);
HttpRequest DeleteTaskRequest(const GridCaller& caller, const TaskName& task);
/// Its changes after `revision`.
HttpRequest WatchTaskRequest(const GridCaller& caller, const TaskName& task,
                             std::string_view revision);
/// An attempt's output, until it is over.
HttpRequest FollowLogRequest(const GridCaller& caller, const TaskName& task, std::int64_t attempt);
/// Anything that is read by its path alone.
HttpRequest PathRequest(const GridCaller& caller, std::string path);

/// The object in a reply, or the failure that it tells.
Result<Value> ObjectOf(const HttpReply& reply);

}  // namespace noizy::apiserver
