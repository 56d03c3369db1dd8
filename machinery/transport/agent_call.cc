#include "machinery/transport/agent_call.h"

#include "machinery/transport/grpc_adapter.h"

namespace noizy {

void AgentCall::Run(std::shared_ptr<AgentSessionHandler> handler) {
  handler_ = std::move(handler);
  StartRead(&incoming_);
}

void AgentCall::Close(Status status) {
  {
    MutexLock lock(mutex_);
    if (closing_.ok()) closing_ = std::move(status);
  }
  Do(outbox_.Finish());
}

void AgentCall::OnReadDone(bool ok) {
  if (!ok) {  // the peer is gone, or it has said all it had to say
    Do(outbox_.Abandon());
    return;
  }
  handler_->OnMessage(std::move(incoming_));
  incoming_.Clear();
  StartRead(&incoming_);
}

void AgentCall::OnDone() {
  if (handler_) handler_->OnClosed();
  handler_.reset();
  on_done_(this);
  self_.reset();  // may be the last owner
}

void AgentCall::Do(OutboxStep step) {
  TakeStep(
      outbox_, step, [this] { StartWrite(&outbox_.Current()); }, [this] { context_.TryCancel(); },
      [this] { Finish(ClosingStatus()); });
}

grpc::Status AgentCall::ClosingStatus() {
  MutexLock lock(mutex_);
  return ToGrpc(closing_);
}

}  // namespace noizy
