#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <map>

#include "machinery/transport/agent_call.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/transport/grid_calls.h"
#include "machinery/transport/grpc_adapter.h"
#include "machinery/transport/grpc_server_credentials.h"
#include "machinery/transport/payload_sending.h"
#include "noizy/v1/agent.grpc.pb.h"

namespace noizy {
namespace {

// An agent needs one stream; a program as many as Tasks that it waits for.
constexpr int kMaxStreamsPerConnection = 256;
// Join and reflection hold a thread each while they run; past this gRPC answers RESOURCE_EXHAUSTED.
constexpr int kMaxCallThreads = 32;

// Join blocks for a durable write, so it is a synchronous method with a thread of its own; sessions
// and payloads are callbacks.
using ServiceBase = v1::NodeAgent::WithCallbackMethod_FetchPayload<
    v1::NodeAgent::WithCallbackMethod_Session<v1::NodeAgent::Service>>;

Status Stopping() {
  return Unavailable("the control plane is stopping; try again shortly");
}

class NodeAgentService final : public ServiceBase {
 public:
  explicit NodeAgentService(AgentService& service) : service_(service) {}

  grpc::Status Join(grpc::ServerContext* context, const v1::JoinRequest* request,
                    v1::JoinResponse* response) override {
    auto joined = service_.Join(*request, AddressOfPeer(context->peer()));
    if (joined.ok()) *response = *std::move(joined);
    return ToGrpc(joined.status());
  }

  grpc::ServerBidiReactor<v1::AgentMessage, v1::ServerMessage>* Session(
      grpc::CallbackServerContext* context) override {
    auto call = std::make_shared<AgentCall>(*context, [this](AgentCall* done) { Forget(done); });
    call->Start(call);
    if (!Remember(call)) {
      call->Close(Stopping());
    } else if (const auto handler = Accept(*context, call); handler.ok()) {
      call->Run(*handler);
    } else {
      call->Close(handler.status());
    }
    return call.get();
  }

  grpc::ServerWriteReactor<v1::PayloadPiece>* FetchPayload(
      grpc::CallbackServerContext* context, const v1::PayloadRequest* request) override {
    auto call = std::make_shared<PayloadSending>(stopping_);
    call->Start(call, OpenPayload(*context, *request));
    return call.get();
  }

  // Ends the sessions there are, and refuses new ones; payloads end with the piece under way.
  void CloseSessions() NOIZY_EXCLUDES(mutex_) {
    std::vector<std::shared_ptr<AgentCall>> calls;
    {
      MutexLock lock(mutex_);
      *stopping_ = true;
      for (const auto& [address, call] : calls_) calls.push_back(call.lock());
    }
    for (const auto& call : calls) {
      if (call) call->Close(Stopping());
    }
  }

 private:
  Result<std::shared_ptr<AgentSessionHandler>> Accept(grpc::CallbackServerContext& context,
                                                      std::shared_ptr<AgentCall> call) {
    NOIZY_ASSIGN_OR_RETURN(const PeerIdentity peer, PeerOf(*context.auth_context()));
    return service_.Accept(peer, std::move(call));
  }

  Result<std::shared_ptr<PayloadSource>> OpenPayload(grpc::CallbackServerContext& context,
                                                     const v1::PayloadRequest& request) {
    NOIZY_ASSIGN_OR_RETURN(const PeerIdentity peer, PeerOf(*context.auth_context()));
    return service_.OpenPayload(peer, request);
  }

  bool Remember(const std::shared_ptr<AgentCall>& call) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    calls_.emplace(call.get(), call);
    return !*stopping_;
  }

  void Forget(AgentCall* call) NOIZY_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    calls_.erase(call);
  }

  AgentService& service_;
  Mutex mutex_;
  const std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  std::map<AgentCall*, std::weak_ptr<AgentCall>> calls_ NOIZY_GUARDED_BY(mutex_);
};

void SetLimits(const GrpcServerOptions& options, grpc::ServerBuilder& builder) {
  const auto max_message = static_cast<int>(options.max_message_bytes);
  builder.SetMaxReceiveMessageSize(max_message);
  builder.SetMaxSendMessageSize(max_message);
  const auto interval = static_cast<int>(options.keepalive_interval.count());
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, interval);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             static_cast<int>(options.keepalive_timeout.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Agents ping as often as we do; gRPC's default would end the connections of those who do so more
  // than every 5 minutes.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, interval / 2);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT,
                             0);  // two servers must not share a port unnoticed
  grpc::ResourceQuota quota("noizy");
  quota.SetMaxThreads(kMaxCallThreads);
  builder.SetResourceQuota(quota);
}

class RunningGrpcServer final : public GrpcServer {
 public:
  RunningGrpcServer(AgentService& service, GridService* grid, PeerCheck check_peer)
      : service_(service),
        check_peer_(std::move(check_peer)),
        grid_(grid, [this](const std::string& pem, const PeerIdentity& peer) {
          return CheckCaller(pem, peer);
        }) {}
  ~RunningGrpcServer() override { Stop(std::chrono::milliseconds(0)); }

  Status Start(const GrpcServerOptions& options) {
    const std::string address = JoinHostAndPort(options.address, options.port);
    grpc::ServerBuilder builder;
    NOIZY_ASSIGN_OR_RETURN(tls_, GrpcServerTls::Make(options.tls));
    int port = 0;
    builder.AddListeningPort(address, MakeServerCredentials(tls_), &port);
    SetLimits(options, builder);
    builder.RegisterService(&service_);
    builder.RegisterService(&grid_);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      return Unavailable("could not serve gRPC on " + address +
                         ": the address is taken or not this machine's, or the certificate and its "
                         "key do not fit together");
    }
    port_ = static_cast<std::uint16_t>(port);
    return Status::Ok();
  }

  std::uint16_t port() const override { return port_; }

  Status SetTls(const TlsIdentity& tls) override {
    NOIZY_RETURN_IF_ERROR(tls_->Replace(tls));
    RecheckPeers();
    return Status::Ok();
  }

  void RecheckPeers() override { grid_.Recheck(); }

  void SetServing(bool serving) override {
    auto* health = server_->GetHealthCheckService();
    health->SetServingStatus(serving);  // the services known so far, and the server itself
    health->SetServingStatus(v1::NodeAgent::service_full_name(), serving);
    health->SetServingStatus(v1::Grid::service_full_name(), serving);
  }

  void Stop(std::chrono::milliseconds grace) override NOIZY_EXCLUDES(stop_mutex_) {
    MutexLock lock(stop_mutex_);  // the second caller waits for the first
    if (stopped_ || !server_) return;
    stopped_ = true;
    service_.CloseSessions();
    server_->Shutdown(std::chrono::system_clock::now() + grace);
    server_->Wait();
  }

 private:
  Status CheckCaller(const std::string& certificate_pem, const PeerIdentity& peer) const {
    NOIZY_RETURN_IF_ERROR(tls_->CheckClient(certificate_pem));
    return check_peer_ ? check_peer_(peer) : Status::Ok();
  }

  NodeAgentService service_;  // before server_, which uses both until it is gone
  const PeerCheck check_peer_;
  std::shared_ptr<GrpcServerTls> tls_;
  GridCalls grid_;
  std::unique_ptr<grpc::Server> server_;
  std::uint16_t port_ = 0;
  Mutex stop_mutex_;
  bool stopped_ NOIZY_GUARDED_BY(stop_mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::Start(GrpcServerOptions options,
                                                      AgentService& service) {
  PrepareGrpc();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto server = std::make_unique<RunningGrpcServer>(service, options.grid, options.check_peer);
  NOIZY_RETURN_IF_ERROR(server->Start(options));
  server->SetServing(true);
  return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace noizy
