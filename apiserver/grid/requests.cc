#include "apiserver/grid/requests.h"

#include "machinery/meta/status_object.h"
#include "machinery/transport/url.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

HttpRequest Request(const GridCaller& caller, std::string_view method, std::string path) {
  HttpRequest request;
  request.method = method;
  request.path = std::move(path);
  request.headers = {{"Accept", "application/json"}, {"User-Agent", "noizy-grid"}};
  request.peer = caller.peer;
  request.remote_address = caller.remote_address;
  return request;
}

std::string TasksPath(const std::string& ns) {
  return "/apis/noizy.dev/v1/namespaces/" + PercentEncode(ns) + "/tasks";
}

std::string TaskPath(const TaskName& task) {
  return TasksPath(task.ns) + "/" + PercentEncode(task.name);
}

}  // namespace

HttpRequest CreateTaskRequest(const GridCaller& caller, const std::string& ns, const Value& task) {
  HttpRequest request = Request(caller, "POST", TasksPath(ns));
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = ToJson(task);
  return request;
}

HttpRequest GetTaskRequest(const GridCaller& caller, const TaskName& task) {
  return Request(caller, "GET", TaskPath(task));
}

HttpRequest DeleteTaskRequest(const GridCaller& caller, const TaskName& task) {
  return Request(caller, "DELETE", TaskPath(task));
}

HttpRequest WatchTaskRequest(const GridCaller& caller, const TaskName& task,
                             std::string_view revision) {
  HttpRequest request = Request(caller, "GET", TasksPath(task.ns));
  request.query = "watch=true&fieldSelector=metadata.name%3D" + PercentEncode(task.name) +
                  "&resourceVersion=" + PercentEncode(revision);
  return request;
}

HttpRequest FollowLogRequest(const GridCaller& caller, const TaskName& task, std::int64_t attempt) {
  HttpRequest request = Request(caller, "GET", TaskPath(task) + "/log");
  request.query = "follow=true&attempt=" + std::to_string(attempt);
  request.headers.front().second = "*/*";
  return request;
}

HttpRequest PathRequest(const GridCaller& caller, std::string path) {
  return Request(caller, "GET", std::move(path));
}

Result<Value> ObjectOf(const HttpReply& reply) {
  constexpr int kFirstFailure = 400;
  auto object = ParseJson(reply.BodyText());
  if (!object.ok()) return Internal("the API server's answer is no JSON");
  if (reply.code >= kFirstFailure) return StatusFromValue(*object);
  return object;
}

}  // namespace noizy::apiserver
