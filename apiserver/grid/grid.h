// The Grid service: what programs ask of the grid, as requests to its own REST API in their name.
// So who may do what, admission, audit and fairness are decided in one place.
//
//   ExecuteTask: create → watch until the end → answer
//   StreamPayload: pieces to memory or disk → create
//   WatchTask:   get, watch → status events; each attempt's log → output events
#pragma once

#include "apiserver/grid/local_api.h"
#include "apiserver/grid/payload_call.h"
#include "machinery/transport/grid_transport.h"

namespace noizy::apiserver {

/// Thread-safe. The handler and the executor, on which all of it happens, outlive it; stop the
/// executor after the server that calls this.
class Grid final : public GridService {
 public:
  Grid(HttpHandler handler, Executor& executor, const PayloadPlace& payloads)
      : api_(std::move(handler), executor), payloads_(payloads) {}

  std::shared_ptr<GridCall> ExecuteTask(const GridCaller& caller,
                                        const v1::ExecuteTaskRequest& request,
                                        GridDone<v1::ExecuteTaskResponse> done) override;
  void SubmitTask(const GridCaller& caller, const v1::TaskRequest& task,
                  GridDone<v1::SubmitTaskResponse> done) override;
  std::shared_ptr<GridCall> WatchTask(const GridCaller& caller, const v1::WatchTaskRequest& request,
                                      std::shared_ptr<GridEventSink> events) override;
  void HealthCheck(const GridCaller& caller, GridDone<v1::HealthCheckResponse> done) override;
  std::shared_ptr<PayloadIntake> StreamPayload(const GridCaller& caller) override;

 private:
  const LocalApi api_;
  const PayloadPlace payloads_;
};

}  // namespace noizy::apiserver
