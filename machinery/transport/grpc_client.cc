#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/client_callback.h>

#include "machinery/pki/pki.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/transport/grpc_adapter.h"
#include "machinery/transport/outbox.h"
#include "noizy/v1/agent.grpc.pb.h"

namespace noizy {
namespace {

// When to come back is the agent's decision, with its own back-off: gRPC's must not stretch it to
// two minutes.
constexpr int kFirstReconnectMs = 100;
constexpr int kMaxReconnectMs = 500;
// gRPC takes its least back-off as the time-out of one connection attempt.
constexpr int kConnectTimeoutMs = 5'000;

// gRPC's reactor and our AgentSession in one object, owned by itself until gRPC is done and by
// whoever holds the session. The reactor is under a hold until the outbox ends, since messages come
// from outside of its reactions.
class CallingSession final : public grpc::ClientBidiReactor<v1::AgentMessage, v1::ServerMessage>,
                             public AgentSession {
 public:
  explicit CallingSession(AgentSessionEvents events) : events_(std::move(events)) {}

  void Start(std::shared_ptr<CallingSession> self, v1::NodeAgent::Stub& stub) {
    self_ = std::move(self);
    stub.async()->Session(&context_, this);
    AddHold();
    StartRead(&incoming_);
    StartCall();
  }

  void Send(v1::AgentMessage message) override { Do(outbox_.Push(std::move(message))); }
  std::size_t Queued() const override { return outbox_.Queued(); }
  void Close() override {
    closed_ = true;
    context_.TryCancel();
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      Do(outbox_.Abandon());
      return;
    }
    events_.on_message(std::move(incoming_));
    incoming_.Clear();
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override { Do(outbox_.Written(ok)); }

  void OnDone(const grpc::Status& status) override {
    events_.on_closed(Why(status));
    events_ = {};   // what they hold is free now, whoever keeps the session
    self_.reset();  // may be the last owner
  }

 private:
  Status Why(const grpc::Status& status) const {
    if (closed_) return Status::Ok();
    if (overflown_) return Unavailable("the control plane reads too slowly: too much waits for it");
    return FromGrpc(status);
  }

  void Do(OutboxStep step) {
    TakeStep(
        outbox_, step, [this] { StartWrite(&outbox_.Current()); },
        [this] {
          overflown_ = true;
          context_.TryCancel();
        },
        [this] { RemoveHold(); });
  }

  AgentSessionEvents events_;
  grpc::ClientContext context_;
  std::shared_ptr<CallingSession> self_;
  v1::ServerMessage incoming_;  // the reactions' own
  Outbox<v1::AgentMessage> outbox_{kMaxOutboxBytes};
  std::atomic<bool> closed_ = false;
  std::atomic<bool> overflown_ = false;
};

// One FetchPayload. Held until a read has failed, since reads are asked for from outside of its
// reactions.
class CallingFetch final : public grpc::ClientReadReactor<v1::PayloadPiece>, public PayloadFetch {
 public:
  explicit CallingFetch(PayloadEvents events) : events_(std::move(events)) {}

  void Start(std::shared_ptr<CallingFetch> self, v1::NodeAgent::Stub& stub,
             const v1::PayloadRequest& request) {
    self_ = std::move(self);
    request_ = request;
    stub.async()->FetchPayload(&context_, &request_, this);
    AddHold();
    StartRead(&piece_);
    StartCall();
  }

  void Next() override { StartRead(&piece_); }
  void Cancel() override { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    events_.on_piece(*this, std::move(*piece_.mutable_data()));
  }
  void OnDone(const grpc::Status& status) override {
    events_.on_end(FromGrpc(status));
    events_ = {};   // what they hold is free now, whoever keeps the call
    self_.reset();  // may be the last owner
  }

 private:
  PayloadEvents events_;
  grpc::ClientContext context_;
  std::shared_ptr<CallingFetch> self_;
  v1::PayloadRequest request_;
  v1::PayloadPiece piece_;  // the reactions' own
};

class GrpcAgentChannel final : public AgentChannel {
 public:
  explicit GrpcAgentChannel(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::NodeAgent::NewStub(channel)) {}

  std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents events) override {
    auto session = std::make_shared<CallingSession>(std::move(events));
    session->Start(session, *stub_);
    return session;
  }
  std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest& request,
                                             PayloadEvents events) override {
    auto fetch = std::make_shared<CallingFetch>(std::move(events));
    fetch->Start(fetch, *stub_, request);
    return fetch;
  }

 private:
  std::unique_ptr<v1::NodeAgent::Stub> stub_;
};

grpc::ChannelArguments ArgumentsOf(const AgentChannelOptions& options) {
  grpc::ChannelArguments arguments;
  const auto max_message = static_cast<int>(options.max_message_bytes);
  arguments.SetMaxReceiveMessageSize(max_message);
  arguments.SetMaxSendMessageSize(max_message);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS,
                   static_cast<int>(options.keepalive_interval.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                   static_cast<int>(options.keepalive_timeout.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // another identity, another connection
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY,
                   0);  // $http_proxy is not the way to a machine next door
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  if (!options.server_name.empty()) arguments.SetSslTargetNameOverride(options.server_name);
  return arguments;
}

}  // namespace

Result<std::shared_ptr<AgentChannel>> AgentChannel::Connect(AgentChannelOptions options) {
  PrepareGrpc();
  // gRPC would only say that no connection could be made.
  NOIZY_RETURN_IF_ERROR(ParseCertificate(options.tls.certificate_pem)
                            .status()
                            .WithContext("the agent's client certificate"));
  NOIZY_RETURN_IF_ERROR(
      PublicKeyOf(options.tls.private_key_pem).status().WithContext("the agent's private key"));
  NOIZY_RETURN_IF_ERROR(
      ParseCertificate(options.tls.ca_pem).status().WithContext("the grid's CA certificate"));
  const auto credentials = grpc::SslCredentials(
      {options.tls.ca_pem, options.tls.private_key_pem, options.tls.certificate_pem});
  return std::shared_ptr<AgentChannel>(std::make_shared<GrpcAgentChannel>(
      grpc::CreateCustomChannel(options.target, credentials, ArgumentsOf(options))));
}

}  // namespace noizy
