// The Grid service (proto/noizy/v1/grid.proto) without gRPC's headers: what the API server's grid/
// room sees. grid_calls.cc stands behind it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/transport/http.h"
#include "noizy/v1/grid.pb.h"

namespace noizy {

/// Who calls.
struct GridCaller {
  PeerIdentity peer;
  std::string remote_address;
};

/// A call under way, as its adapter sees it. Thread-safe.
class GridCall {
 public:
  virtual ~GridCall() = default;
  /// The client has gone. Nobody hears of the call any more.
  virtual void Cancel() = 0;
};

/// Called once, on any thread.
template <typename Response>
using GridDone = std::function<void(Result<Response>)>;

/// Where WatchTask's events go. Thread-safe.
class GridEventSink {
 public:
  virtual ~GridEventSink() = default;
  /// Queues an event. A client that lets 64 MiB wait is not reading: its call is cut.
  virtual void Send(v1::TaskEvent event) = 0;
  /// Ends the call after what is queued. The first Close counts.
  virtual void Close(Status status) = 0;
};

/// One StreamPayload as the service takes it in. One call at a time: the next only after the
/// callback of the last. Letting go of it before Finish leaves nothing.
class PayloadIntake {
 public:
  virtual ~PayloadIntake() = default;
  /// `taken` once, on any thread; after an error there is no next call.
  virtual void Take(v1::PayloadChunk chunk, std::function<void(Status)> taken) = 0;
  /// The client has said all.
  virtual void Finish(GridDone<v1::SubmitTaskResponse> done) = 0;
};

/// The server's side of the service. Thread-safe; no call blocks. A null GridCall: the call was
/// answered already.
class GridService {
 public:
  virtual ~GridService() = default;
  virtual std::shared_ptr<GridCall> ExecuteTask(const GridCaller& caller,
                                                const v1::ExecuteTaskRequest& request,
                                                GridDone<v1::ExecuteTaskResponse> done) = 0;
  virtual void SubmitTask(const GridCaller& caller, const v1::TaskRequest& task,
                          GridDone<v1::SubmitTaskResponse> done) = 0;
  virtual std::shared_ptr<GridCall> WatchTask(const GridCaller& caller,
                                              const v1::WatchTaskRequest& request,
                                              std::shared_ptr<GridEventSink> events) = 0;
  virtual void HealthCheck(const GridCaller& caller, GridDone<v1::HealthCheckResponse> done) = 0;
  virtual std::shared_ptr<PayloadIntake> StreamPayload(const GridCaller& caller) = 0;
};

/// The longest payload that a Task holds itself, as spec.payload.
inline constexpr std::size_t kMaxPayloadBytes = std::size_t{1} << 20;

}  // namespace noizy
