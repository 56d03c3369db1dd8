// The Grid service's calls on gRPC's side. For grpc_server.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "machinery/base/mutex.h"
#include "machinery/transport/grid_transport.h"
#include "noizy/v1/grid.grpc.pb.h"

namespace noizy {

/// Unauthorized for whom the server trusts no longer. `certificate_pem` is the peer's.
using GridCallerCheck =
    std::function<Status(const std::string& certificate_pem, const PeerIdentity& peer)>;

/// A call that may go on for long.
class DismissableCall {
 public:
  virtual ~DismissableCall() = default;
  /// Ends the call with `why`, unless it has ended.
  virtual void Dismiss(Status why) = 0;
};

/// The long calls under way, and who makes them. Thread-safe.
class OpenGridCalls {
 public:
  explicit OpenGridCalls(GridCallerCheck check) : check_(std::move(check)) {}
  /// Until the call is gone.
  void Add(const std::shared_ptr<DismissableCall>& call, std::string certificate_pem,
           PeerIdentity peer) NOIZY_EXCLUDES(mutex_);
  void Remove(const DismissableCall* call) NOIZY_EXCLUDES(mutex_);
  /// Dismisses those whose callers the check refuses now.
  void Recheck() NOIZY_EXCLUDES(mutex_);
  Status Check(const std::string& certificate_pem, const PeerIdentity& peer) const {
    return check_(certificate_pem, peer);
  }

 private:
  struct Entry {
    std::weak_ptr<DismissableCall> call;
    std::string certificate_pem;
    PeerIdentity peer;
  };
  const GridCallerCheck check_;
  Mutex mutex_;
  std::map<const DismissableCall*, Entry> entries_ NOIZY_GUARDED_BY(mutex_);
};

/// Hands gRPC's calls to a GridService. Every call holds what it needs until gRPC is done with it.
/// Without a service all of them are UNIMPLEMENTED.
class GridCalls final : public v1::Grid::CallbackService {
 public:
  GridCalls(GridService* service, GridCallerCheck check)
      : service_(service), open_(std::make_shared<OpenGridCalls>(std::move(check))) {}

  /// Ends the long calls of callers who are trusted no longer.
  void Recheck() { open_->Recheck(); }

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
  const std::shared_ptr<OpenGridCalls> open_;
};

}  // namespace noizy
