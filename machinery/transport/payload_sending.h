// The server's side of one FetchPayload call. For grpc_server.cc.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <string>

#include "machinery/transport/agent_transport.h"
#include "machinery/transport/grpc_adapter.h"
#include "noizy/v1/agent.grpc.pb.h"

namespace noizy {

/// Reads a piece once the one before it was written, so a slow node holds one piece and no thread.
/// Owned by itself from Start until gRPC is done with it, and by the read under way.
class PayloadSending final : public grpc::ServerWriteReactor<v1::PayloadPiece>,
                             public std::enable_shared_from_this<PayloadSending> {
 public:
  /// Once `stopping`, it ends with the piece under way.
  explicit PayloadSending(std::shared_ptr<const std::atomic<bool>> stopping)
      : stopping_(std::move(stopping)) {}

  void Start(std::shared_ptr<PayloadSending> self, Result<std::shared_ptr<PayloadSource>> source) {
    self_ = std::move(self);
    if (!source.ok()) return Finish(ToGrpc(source.status()));
    source_ = *std::move(source);
    ReadOn();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    ReadOn();
  }
  void OnDone() override {
    const auto last = std::move(self_);  // may be the last owner
  }

 private:
  void ReadOn() {
    if (*stopping_) return Finish(ToGrpc(Unavailable("the control plane is stopping")));
    source_->Next([self = shared_from_this()](Result<std::string> piece) {
      if (!piece.ok()) return self->Finish(ToGrpc(piece.status()));
      if (piece->empty()) return self->Finish(grpc::Status::OK);
      self->piece_.set_data(*std::move(piece));
      self->StartWrite(&self->piece_);
    });
  }

  const std::shared_ptr<const std::atomic<bool>> stopping_;
  std::shared_ptr<PayloadSending> self_;
  std::shared_ptr<PayloadSource> source_;  // the reactions' own, as the next
  v1::PayloadPiece piece_;
};

}  // namespace noizy
