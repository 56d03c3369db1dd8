// The Grid service's calls on gRPC's side. For grpc_server.cc.
#pragma once

#include "machinery/transport/grid_transport.h"
#include "noizy/v1/grid.grpc.pb.h"

namespace noizy {

/// Hands gRPC's calls to a GridService. Every call holds what it needs until gRPC is done with it.
/// Without a service all of them are UNIMPLEMENTED.
class GridCalls final : public v1::Grid::CallbackService {
 public:
  explicit GridCalls(GridService* service) : service_(service) {}

  grpc::ServerUnaryReactor* ExecuteTask(grpc::CallbackServerContext* context,
                                        const v1::ExecuteTaskRequest* request,
                                        v1::ExecuteTaskResponse* response) override;
  grpc::ServerUnaryReactor* SubmitTask(grpc::CallbackServerContext* context,
                                       const v1::SubmitTaskRequest* request,
                                       v1::SubmitTaskResponse* response) override;
  grpc::ServerWriteReactor<v1::TaskEvent>* WatchTask(grpc::CallbackServerContext* context,
                                                     const v1::WatchTaskRequest* request) override;
  grpc::ServerUnaryReactor* HealthCheck(grpc::CallbackServerContext* context,
                                        const v1::HealthCheckRequest* request,
                                        v1::HealthCheckResponse* response) override;
  grpc::ServerReadReactor<v1::PayloadChunk>* StreamPayload(
      grpc::CallbackServerContext* context, v1::SubmitTaskResponse* response) override;

 private:
  GridService* const service_;
};

}  // namespace noizy
