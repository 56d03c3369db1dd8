#include "machinery/transport/grid_calls.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "machinery/base/mutex.h"
#include "machinery/transport/grpc_adapter.h"
#include "machinery/transport/outbox.h"

namespace noizy {
namespace {

// Below it gzip costs more than it saves.
constexpr std::size_t kCompressFrom = 8 * 1024;

std::string CertificateOf(const grpc::CallbackServerContext& context) {
  const auto found = context.auth_context()->FindPropertyValues("x509_pem_cert");
  return found.empty() ? std::string() : std::string(found.front().data(), found.front().size());
}

Result<GridCaller> CallerOf(const grpc::CallbackServerContext& context) {
  NOIZY_ASSIGN_OR_RETURN(PeerIdentity peer, PeerOf(*context.auth_context()));
  return GridCaller{std::move(peer), AddressOfPeer(context.peer())};
}

// A call's end, which may come from the service, on any thread, and must reach gRPC once; and the
// client's going, of which the service's call is told once it is known.
class CallState {
 public:
  /// False for all but the first.
  bool End() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return !std::exchange(ended_, true);
  }
  void Attach(std::shared_ptr<GridCall> call) NOIZY_EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (!cancelled_) call_ = std::exchange(call, nullptr);
    }
    if (call) call->Cancel();
  }
  void Cancel() NOIZY_EXCLUDES(mutex_) {
    std::shared_ptr<GridCall> call;
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
      call = std::move(call_);
    }
    if (call) call->Cancel();
  }

 private:
  Mutex mutex_;
  bool ended_ NOIZY_GUARDED_BY(mutex_) = false;
  bool cancelled_ NOIZY_GUARDED_BY(mutex_) = false;
  std::shared_ptr<GridCall> call_ NOIZY_GUARDED_BY(mutex_);
};

// One unary call. Owned by itself until gRPC is done with it, and by whoever will answer it.
template <typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor,
                        public DismissableCall,
                        public std::enable_shared_from_this<UnaryCall<Response>> {
 public:
  UnaryCall(grpc::CallbackServerContext& context, Response& response)
      : context_(context), response_(response) {}

  static std::shared_ptr<UnaryCall> Begin(grpc::CallbackServerContext& context,
                                          Response& response) {
    auto call = std::make_shared<UnaryCall>(context, response);
    call->self_ = call;
    return call;
  }

  GridDone<Response> Answer() {
    return [self = this->shared_from_this()](Result<Response> result) {
      self->Complete(std::move(result));
    };
  }
  void Attach(std::shared_ptr<GridCall> call) { state_.Attach(std::move(call)); }
  /// Has the call dismissed when its caller is trusted no longer.
  void Register(std::shared_ptr<OpenGridCalls> open, const PeerIdentity& peer) {
    open_ = std::move(open);
    open_->Add(this->shared_from_this(), CertificateOf(context_), peer);
  }

  void Dismiss(Status why) override {
    state_.Cancel();
    Complete(std::move(why));
  }

  void Complete(Result<Response> result) {
    if (!state_.End()) return;
    if (result.ok()) {
      response_ = *std::move(result);
      if (response_.ByteSizeLong() >= kCompressFrom)
        context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    }
    this->Finish(ToGrpc(result.status()));
  }

  void OnCancel() override {
    state_.Cancel();
    if (state_.End()) this->Finish(grpc::Status::CANCELLED);
  }
  void OnDone() override {
    if (open_) open_->Remove(this);
    const auto last = std::move(self_);  // may be the last owner
  }

 private:
  grpc::CallbackServerContext& context_;  // gRPC's, until OnDone
  Response& response_;                    // likewise
  CallState state_;
  std::shared_ptr<OpenGridCalls> open_;
  std::shared_ptr<UnaryCall> self_;
};

// One WatchTask.
class WatchCall final : public grpc::ServerWriteReactor<v1::TaskEvent>,
                        public DismissableCall,
                        public GridEventSink {
 public:
  WatchCall(grpc::CallbackServerContext& context, std::shared_ptr<OpenGridCalls> open)
      : context_(context), open_(std::move(open)) {
    context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  }

  void Start(std::shared_ptr<WatchCall> self) { self_ = std::move(self); }
  void Attach(std::shared_ptr<GridCall> call) { state_.Attach(std::move(call)); }
  /// Has the call dismissed when its caller is trusted no longer.
  void Register(const PeerIdentity& peer) { open_->Add(self_, CertificateOf(context_), peer); }

  void Dismiss(Status why) override { Close(std::move(why)); }
  void Send(v1::TaskEvent event) override { Do(outbox_.Push(std::move(event))); }
  void Close(Status status) override {
    {
      MutexLock lock(mutex_);
      if (closing_.ok()) closing_ = std::move(status);
    }
    Do(outbox_.Finish());
  }

  void OnWriteDone(bool ok) override { Do(outbox_.Written(ok)); }
  void OnCancel() override {
    state_.Cancel();
    Do(outbox_.Abandon());
  }
  void OnDone() override {
    open_->Remove(this);
    state_.Cancel();
    const auto last = std::move(self_);  // may be the last owner
  }

 private:
  void Do(OutboxStep step) {
    TakeStep(
        outbox_, step, [this] { StartWrite(&outbox_.Current()); }, [this] { context_.TryCancel(); },
        [this] { Finish(ClosingStatus()); });
  }
  grpc::Status ClosingStatus() NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return ToGrpc(closing_);
  }

  grpc::CallbackServerContext& context_;  // gRPC's, until OnDone
  const std::shared_ptr<OpenGridCalls> open_;
  std::shared_ptr<WatchCall> self_;
  CallState state_;
  Outbox<v1::TaskEvent> outbox_{kMaxOutboxBytes};
  Mutex mutex_;
  Status closing_ NOIZY_GUARDED_BY(mutex_);
};

// One StreamPayload. A chunk is read once the one before it was taken, so the client sends no
// faster than the service keeps what it sends.
class PayloadCall final : public grpc::ServerReadReactor<v1::PayloadChunk>,
                          public std::enable_shared_from_this<PayloadCall> {
 public:
  PayloadCall(std::shared_ptr<OpenGridCalls> open, const grpc::CallbackServerContext& context,
              v1::SubmitTaskResponse& response)
      : open_(std::move(open)),
        caller_(CallerOf(context)),
        certificate_pem_(CertificateOf(context)),
        response_(response) {}

  void Start(std::shared_ptr<PayloadCall> self, GridService* service) {
    self_ = std::move(self);
    if (service == nullptr) return End(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
    if (!caller_.ok()) return End(ToGrpc(caller_.status()));
    intake_ = service->StreamPayload(*caller_);
    StartRead(&chunk_);
  }

  void OnReadDone(bool ok) override {
    // Half-closed by the client, or broken? What is sent on a broken stream fails, which tells.
    if (!ok) return StartSendInitialMetadata();
    intake_->Take(std::exchange(chunk_, {}), [self = shared_from_this()](const Status& taken) {
      if (!taken.ok()) return self->End(ToGrpc(taken));
      self->StartRead(&self->chunk_);
    });
  }
  void OnSendInitialMetadataDone(bool ok) override {
    if (!ok) return End(grpc::Status::CANCELLED);
    // It may have taken its time.
    const Status trusted = open_->Check(certificate_pem_, caller_->peer);
    if (!trusted.ok()) return End(ToGrpc(trusted));
    intake_->Finish([self = shared_from_this()](const Result<v1::SubmitTaskResponse>& made) {
      if (made.ok()) self->response_ = *made;
      self->End(ToGrpc(made.status()));
    });
  }
  void OnDone() override {
    const auto last = std::move(self_);  // may be the last owner
  }

 private:
  // What came and was not made a Task goes now, not when gRPC is done.
  void End(const grpc::Status& status) {
    intake_.reset();
    Finish(status);
  }

  const std::shared_ptr<OpenGridCalls> open_;
  const Result<GridCaller> caller_;
  const std::string certificate_pem_;
  v1::SubmitTaskResponse& response_;  // gRPC's, until OnDone
  std::shared_ptr<PayloadCall> self_;
  std::shared_ptr<PayloadIntake> intake_;  // the reactions' own, as the next
  v1::PayloadChunk chunk_;
};

// Begins a unary call; null when it cannot reach the service, and has been ended.
template <typename Response>
std::optional<GridCaller> Admit(const GridService* service, grpc::CallbackServerContext& context,
                                UnaryCall<Response>& call) {
  auto caller = CallerOf(context);
  if (service == nullptr)
    caller = Status(StatusReason::kMethodNotAllowed, "no grid is served here");
  if (caller.ok()) return *std::move(caller);
  call.Complete(caller.status());
  return std::nullopt;
}

}  // namespace

void OpenGridCalls::Add(const std::shared_ptr<DismissableCall>& call, std::string certificate_pem,
                        PeerIdentity peer) {
  MutexLock lock(mutex_);
  entries_[call.get()] = {call, std::move(certificate_pem), std::move(peer)};
}

void OpenGridCalls::Remove(const DismissableCall* call) {
  MutexLock lock(mutex_);
  entries_.erase(call);
}

void OpenGridCalls::Recheck() {
  std::vector<Entry> entries;
  {
    MutexLock lock(mutex_);
    for (const auto& [call, entry] : entries_) entries.push_back(entry);
  }
  for (const Entry& entry : entries) {
    const Status trusted = check_(entry.certificate_pem, entry.peer);
    if (trusted.ok()) continue;
    if (const auto call = entry.call.lock()) call->Dismiss(trusted);
  }
}

grpc::ServerUnaryReactor* GridCalls::ExecuteTask(grpc::CallbackServerContext* context,
                                                 const v1::ExecuteTaskRequest* request,
                                                 v1::ExecuteTaskResponse* response) {
  const auto call = UnaryCall<v1::ExecuteTaskResponse>::Begin(*context, *response);
  if (const auto caller = Admit(service_, *context, *call)) {
    call->Register(open_, caller->peer);
    call->Attach(service_->ExecuteTask(*caller, *request, call->Answer()));
  }
  return call.get();
}

grpc::ServerUnaryReactor* GridCalls::SubmitTask(grpc::CallbackServerContext* context,
                                                const v1::SubmitTaskRequest* request,
                                                v1::SubmitTaskResponse* response) {
  const auto call = UnaryCall<v1::SubmitTaskResponse>::Begin(*context, *response);
  if (const auto caller = Admit(service_, *context, *call))
    service_->SubmitTask(*caller, request->task(), call->Answer());
  return call.get();
}

grpc::ServerUnaryReactor* GridCalls::HealthCheck(grpc::CallbackServerContext* context,
                                                 const v1::HealthCheckRequest*,
                                                 v1::HealthCheckResponse* response) {
  const auto call = UnaryCall<v1::HealthCheckResponse>::Begin(*context, *response);
  if (const auto caller = Admit(service_, *context, *call))
    service_->HealthCheck(*caller, call->Answer());
  return call.get();
}

grpc::ServerWriteReactor<v1::TaskEvent>* GridCalls::WatchTask(grpc::CallbackServerContext* context,
                                                              const v1::WatchTaskRequest* request) {
  const auto call = std::make_shared<WatchCall>(*context, open_);
  call->Start(call);
  const auto caller = CallerOf(*context);
  if (service_ == nullptr || !caller.ok()) {
    call->Close(caller.ok() ? Status(StatusReason::kMethodNotAllowed, "no grid is served here")
                            : caller.status());
  } else {
    call->Register(caller->peer);
    call->Attach(service_->WatchTask(*caller, *request, call));
  }
  return call.get();
}

grpc::ServerReadReactor<v1::PayloadChunk>* GridCalls::StreamPayload(
    grpc::CallbackServerContext* context, v1::SubmitTaskResponse* response) {
  const auto call = std::make_shared<PayloadCall>(open_, *context, *response);
  call->Start(call, service_);
  return call.get();
}

}  // namespace noizy
