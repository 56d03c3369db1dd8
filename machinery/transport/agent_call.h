// The server's side of one Session call: gRPC's reactor and our AgentStream in one object. For
// grpc_server.cc.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <memory>

#include "machinery/base/mutex.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/transport/outbox.h"

namespace noizy {

/// Owned by itself from Start until gRPC is done with it, and by whoever holds the stream.
/// Thread-safe as an AgentStream; the reactions (On…) come from gRPC, one at a time but for
/// OnWriteDone.
class AgentCall final : public grpc::ServerBidiReactor<v1::AgentMessage, v1::ServerMessage>,
                        public AgentStream {
 public:
  /// `on_done` is called last, when gRPC has let go.
  AgentCall(grpc::CallbackServerContext& context, std::function<void(AgentCall*)> on_done)
      : context_(context), on_done_(std::move(on_done)) {}

  /// Keeps `self` alive until the call is over.
  void Start(std::shared_ptr<AgentCall> self) { self_ = std::move(self); }
  /// Begins to read; called once, and only when the session was accepted.
  void Run(std::shared_ptr<AgentSessionHandler> handler);

  void Send(v1::ServerMessage message) override { Do(outbox_.Push(std::move(message))); }
  std::size_t Queued() const override { return outbox_.Queued(); }
  /// What is queued is still sent. The first status counts.
  void Close(Status status) override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override { Do(outbox_.Written(ok)); }
  void OnDone() override;

 private:
  void Do(OutboxStep step);
  grpc::Status ClosingStatus() NOIZY_EXCLUDES(mutex_);

  grpc::CallbackServerContext& context_;  // gRPC's, until OnDone
  const std::function<void(AgentCall*)> on_done_;
  std::shared_ptr<AgentCall> self_;
  std::shared_ptr<AgentSessionHandler> handler_;  // the reactions' own
  v1::AgentMessage incoming_;                     // the reactions' own
  Outbox<v1::ServerMessage> outbox_{kMaxOutboxBytes};

  Mutex mutex_;
  Status closing_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
