// The Grid service: what programs ask of the grid, as requests to its own REST API in their name.
// So who may do what, admission, audit and fairness are decided in one place.
//
//   ExecuteTask: create → watch until the end → answer
//   WatchTask:   get, watch → status events; each attempt's log → output events
#pragma once

#include "apiserver/grid/local_api.h"
#include "machinery/transport/grid_transport.h"

namespace noizy::apiserver {

/// Thread-safe. The handler and the executor, on which all of it happens, outlive it; stop the
/// executor after the server that calls this.
class Grid final : public GridService {
 public:
  Grid(HttpHandler handler, Executor& executor) : api_(std::move(handler), executor) {}

  std::shared_ptr<GridCall> ExecuteTask(const GridCaller& caller,
                                        const v1::ExecuteTaskRequest& request,
                                        GridDone<v1::ExecuteTaskResponse> done) override;
  void SubmitTask(const GridCaller& caller, const v1::TaskRequest& task,
                  GridDone<v1::SubmitTaskResponse> done) override;
  std::shared_ptr<GridCall> WatchTask(const GridCaller& caller, const v1::WatchTaskRequest& request,
                                      std::shared_ptr<GridEventSink> events) override;
  void HealthCheck(const GridCaller& caller, GridDone<v1::HealthCheckResponse> done) override;

 private:
  const LocalApi api_;
};

}  // namespace noizy::apiserver
