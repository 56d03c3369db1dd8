#include "apiserver/grid/grid.h"

#include "apiserver/grid/execute_call.h"
#include "apiserver/grid/payload_call.h"
#include "apiserver/grid/requests.h"
#include "apiserver/grid/task_messages.h"
#include "apiserver/grid/watch_call.h"

namespace noizy::apiserver {
namespace {

// What HealthCheck has found out so far.
struct Health {
  v1::HealthCheckResponse answer;
  GridDone<v1::HealthCheckResponse> done;
};

void CountNodes(const Value& list, v1::HealthCheckResponse& answer) {
  const Array* nodes = ArrayAt(list, {"items"});
  for (std::size_t i = 0; nodes != nullptr && i < nodes->size(); ++i) {
    answer.set_nodes(answer.nodes() + 1);
    const Array* conditions = ArrayAt(nodes->at(i), {"status", "conditions"});
    for (std::size_t k = 0; conditions != nullptr && k < conditions->size(); ++k) {
      const Value& condition = conditions->at(k);
      if (StringAt(condition, {"type"}) == "Ready" && StringAt(condition, {"status"}) == "True")
        answer.set_ready_nodes(answer.ready_nodes() + 1);
    }
  }
}

}  // namespace

void Grid::SubmitTask(const GridCaller& caller, const v1::TaskRequest& task,
                      GridDone<v1::SubmitTaskResponse> done) {
  const auto object = TaskOf(task);
  if (!object.ok()) return done(object.status());
  const auto on_reply = [done = std::move(done)](const HttpReply& reply) {
    const auto made = ObjectOf(reply);
    if (!made.ok()) return done(made.status());
    done(SubmittedOf(*made));
  };
  (void)api_.Send(CreateTaskRequest(caller, NamespaceOf(task, *object), *object),
                  {on_reply, nullptr, nullptr});
}

std::shared_ptr<GridCall> Grid::ExecuteTask(const GridCaller& caller,
                                            const v1::ExecuteTaskRequest& request,
                                            GridDone<v1::ExecuteTaskResponse> done) {
  const auto task = TaskOf(request.task());
  if (!task.ok()) {
    done(task.status());
    return nullptr;
  }
  auto call =
      std::make_shared<ExecuteCall>(api_, caller, request.cancel_with_call(), std::move(done));
  call->Start(NamespaceOf(request.task(), *task), *task);
  return call;
}

std::shared_ptr<GridCall> Grid::WatchTask(const GridCaller& caller,
                                          const v1::WatchTaskRequest& request,
                                          std::shared_ptr<GridEventSink> events) {
  if (request.name().empty()) {
    events->Close(BadRequest("name: it must name a Task"));
    return nullptr;
  }
  auto call = std::make_shared<WatchCall>(
      api_, caller, TaskName{NamespaceOf(request.namespace_()), request.name()},
      !request.status_only(), std::move(events));
  call->Start();
  return call;
}

std::shared_ptr<PayloadIntake> Grid::StreamPayload(const GridCaller& caller) {
  return std::make_shared<PayloadCall>(api_, payloads_, caller);
}

// Is it ready, which version, which nodes: one after the other, each as the caller may.
void Grid::HealthCheck(const GridCaller& caller, GridDone<v1::HealthCheckResponse> done) {
  const auto health = std::make_shared<Health>();
  health->done = std::move(done);
  const auto on_nodes = [health](const HttpReply& reply) {
    if (const auto nodes = ObjectOf(reply); nodes.ok()) CountNodes(*nodes, health->answer);
    health->done(health->answer);
  };
  const auto on_version = [this, caller, health, on_nodes](const HttpReply& reply) {
    if (const auto version = ObjectOf(reply); version.ok())
      health->answer.set_version(std::string(StringAt(*version, {"gitVersion"})));
    (void)api_.Send(PathRequest(caller, "/apis/noizy.dev/v1/nodes"), {on_nodes, nullptr, nullptr});
  };
  const auto on_ready = [this, caller, health, on_version](const HttpReply& reply) {
    health->answer.set_healthy(reply.code == 200);
    health->answer.set_status(reply.BodyText());
    (void)api_.Send(PathRequest(caller, "/version"), {on_version, nullptr, nullptr});
  };
  (void)api_.Send(PathRequest(caller, "/readyz"), {on_ready, nullptr, nullptr});
}

}  // namespace noizy::apiserver
