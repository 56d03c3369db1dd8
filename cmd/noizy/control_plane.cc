#include "cmd/noizy/control_plane.h"

#include <atomic>
#include <future>

#include "apiserver/agents/agent_hub.h"
#include "apiserver/agents/log_endpoint.h"
#include "apiserver/authentication/fence_token.h"
#include "apiserver/backup/restore.h"
#include "apiserver/grid/grid.h"
#include "apiserver/listener/api_server.h"
#include "apiserver/resources/encode.h"
#include "apiserver/storage/sqlite/sqlite_store.h"
#include "cmd/noizy/certificate_keeper.h"
#include "cmd/noizy/controller_set.h"
#include "cmd/noizy/live_identity.h"
#include "cmd/noizy/plane_files.h"
#include "cmd/noizy/restored_tasks.h"
#include "cmd/noizy/rotation_endpoint.h"
#include "cmd/noizy/snapshot_endpoint.h"
#include "cmd/noizy/token_endpoint.h"
#include "controllers/certificate/names.h"
#include "machinery/base/executor.h"
#include "machinery/base/log.h"
#include "machinery/os/files.h"
#include "machinery/os/host.h"
#include "machinery/os/network.h"
#include "machinery/transport/agent_transport.h"
#include "machinery/transport/in_process.h"

namespace noizy {
namespace {

using apiserver::AgentHub;
using apiserver::AgentHubOptions;
using apiserver::ApiServer;
using apiserver::ApiServerOptions;
using apiserver::Grid;
using apiserver::LogEndpoint;
using apiserver::SqliteStore;
using apiserver::StoreKey;

// How long a stream may go on after its certificate or token has ended.
constexpr std::chrono::seconds kRecheckInterval{30};

// Namespaces every grid has: for people, for the grid's own objects, and the one that Kubernetes
// clients expect.
constexpr std::string_view kNamespaces[] = {"default", "noizy-system", "kube-system"};

Result<std::unique_ptr<SqliteStore>> OpenStore(const ControlPlaneOptions& plane,
                                               const Clock& clock) {
  apiserver::SqliteOptions options;
  options.folder = StoreFolder(plane.data_dir);
  NOIZY_ASSIGN_OR_RETURN(options.codec, OpenSecretCodec(plane.data_dir, plane.secrets_passphrase));
  auto attributes = std::make_shared<apiserver::StoredAttributes>(BuiltinKinds());
  options.attributes = [attributes](const StoreKey& key, std::string_view bytes) {
    return attributes->Of(key, bytes);
  };
  options.clock = &clock;
  return SqliteStore::Open(std::move(options));
}

Status EnsureNamespace(ApiServer& server, std::string_view name) {
  const KindPtr kind = server.kinds().Snapshot()->FindByResource("", "v1", "namespaces");
  Value object =
      Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", Object{{"name", name}}}};
  std::promise<Status> written;
  server.writer().Create(kind, std::move(object), {}, [&](Result<apiserver::WriteOutcome> outcome) {
    written.set_value(outcome.status());
  });
  const Status status = written.get_future().get();
  return status.reason() == StatusReason::kAlreadyExists ? Status::Ok() : status;
}

bool IsWildcard(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

std::string HostAndPort(const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

// Where this machine itself, or another one, reaches what listens on `address`.
std::string FromHere(const std::string& address, std::uint16_t port) {
  return HostAndPort(IsWildcard(address) ? "127.0.0.1" : address, port);
}
std::string FromElsewhere(const std::string& address, std::uint16_t port) {
  const std::vector<std::string> own =
      IsWildcard(address) ? ReadHostFacts().addresses : std::vector<std::string>();
  return HostAndPort(own.empty() ? address : own.front(), port);
}

// The issuer, with what those need behind it who trust the old CA alone.
CertificateAuthority IssuerChain(const GridIdentity& identity) {
  return {WithChain(identity.authorities, identity.issuer.certificate_pem),
          identity.issuer.private_key_pem};
}

// The lists of the root and of the issuer, made anew for each who asks: signing takes 50 µs.
void ReplyRevocationLists(const apiserver::RequestContext& request, const GridIdentity& identity,
                          const apiserver::RevokedCertificates& revoked, WallTime now) {
  constexpr Duration kValidity = std::chrono::hours(24);
  RevocationList list;
  list.number = revoked.Revision();
  list.this_update = now;
  list.next_update = now + kValidity;
  for (const auto& [serial, time] : revoked.List()) list.revoked.push_back({serial, time});
  std::string pem;
  for (const CertificateAuthority* authority : {&identity.authorities.current, &identity.issuer}) {
    const Result<std::string> made = CreateRevocationList(*authority, list);
    if (!made.ok()) return ReplyStatus(request, made.status());
    pem += *made;
  }
  request.exchange->Reply(
      {200, {{"Content-Type", "application/x-pem-file"}}, {SharedBytes(std::move(pem))}});
}

}  // namespace

// Declared so that what is used is destroyed after its users.
struct ControlPlane::Parts {
  ControlPlaneOptions options;
  LiveIdentity identity;
  std::string kubeconfig_path;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<ThreadExecutor> agents_executor;
  std::unique_ptr<ThreadExecutor> blocking_executor;  // log files, join tokens, removals
  std::unique_ptr<apiserver::PayloadStore> payloads;
  std::unique_ptr<ThreadExecutor> payload_executor;  // their disk; what it does is the store's
  std::unique_ptr<ThreadExecutor> grid_executor;     // the server's last streams post to it
  std::unique_ptr<apiserver::AuditLog> audit_log;
  std::unique_ptr<ThreadExecutor> audit_executor;  // ends first: what it does is the log's
  apiserver::AuditPolicy audit_policy;
  std::optional<Es256Key> token_key;
  std::unique_ptr<apiserver::RevokedCertificates> revoked;
  std::unique_ptr<ApiServer> server;
  std::unique_ptr<AgentHub> hub;
  std::unique_ptr<LogEndpoint> log_endpoint;
  std::unique_ptr<TokenEndpoint> token_endpoint;
  std::unique_ptr<SnapshotEndpoint> snapshot_endpoint;
  std::unique_ptr<Grid> grid;  // before the server that calls it
  std::unique_ptr<RotationEndpoint> rotation_endpoint;
  std::unique_ptr<GrpcServer> grpc;
  std::unique_ptr<ControllerSet> signing;
  std::optional<CertificateKeeper> keeper;
  std::atomic<bool> listening = false;  // on both ports

  Status OpenState(Clock& clock);
  Status OpenAudit(Clock& clock);
  Status OpenPayloads();
  void MakeServer(Clock& clock, Random& random);
  void MakeHub(Clock& clock, Random& random);
  Status PublishAuthority();
  void StartSigning(Clock& clock, Random& random);
  Status HoldRestored(const Clock& clock);
  void MakeRotation(Clock& clock);
  std::shared_ptr<Client> InProcessClient(const std::string& user);
  Status Listen(Clock& clock);
  Status ListenForAgents();
  Status WriteKubeconfigOfAdmin(const Clock& clock);
  void RecheckPeers();
  void RecheckPeersSometimes();
  Status Reload(const Clock& clock);
  void KeepCertificates(const Clock& clock);
};

Status ControlPlane::Parts::OpenState(Clock& clock) {
  NOIZY_RETURN_IF_ERROR(MakeFolders(options.data_dir));
  NOIZY_ASSIGN_OR_RETURN(store, OpenStore(options, clock));
  revoked = std::make_unique<apiserver::RevokedCertificates>(*store);
  NOIZY_ASSIGN_OR_RETURN(GridIdentity opened,
                         OpenGridIdentity(options.data_dir, options.authority, clock));
  NOIZY_ASSIGN_OR_RETURN(token_key, Es256Key::FromPrivateKey(opened.token_key_pem));
  identity.Set(std::move(opened));
  NOIZY_RETURN_IF_ERROR(OpenPayloads());
  return OpenAudit(clock);
}

// On a thread of their own: the disk may take long over gigabytes.
Status ControlPlane::Parts::OpenPayloads() {
  payload_executor = std::make_unique<ThreadExecutor>();
  // Elsewhere, since uploads that this thread never came to are let go of with it.
  const auto remove = [this](const std::string& path) {
    blocking_executor->Post([path] {
      if (const Status removed = RemoveTree(path); !removed.ok())
        LogError("Failed to remove a payload", {{"error", removed.ToString()}});
    });
  };
  payloads = std::make_unique<apiserver::PayloadStore>(PayloadFolder(options.data_dir),
                                                       options.max_payload_bytes, remove);
  return payloads->Open();
}

Status ControlPlane::Parts::OpenAudit(Clock& clock) {
  if (options.audit_log.path.empty()) return Status::Ok();
  if (!options.audit_policy_path.empty()) {
    NOIZY_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.audit_policy_path));
    NOIZY_ASSIGN_OR_RETURN(audit_policy, apiserver::AuditPolicy::Parse(text));
  }
  audit_executor = std::make_unique<ThreadExecutor>();
  NOIZY_ASSIGN_OR_RETURN(audit_log,
                         apiserver::AuditLog::Open(options.audit_log, clock, *audit_executor));
  return Status::Ok();
}

void ControlPlane::Parts::MakeServer(Clock& clock, Random& random) {
  agents_executor = std::make_unique<ThreadExecutor>();
  blocking_executor = std::make_unique<ThreadExecutor>();
  // The endpoints are made after the server, whose writer they use; requests come later still.
  const auto log = [this](const apiserver::RequestPtr& request) { log_endpoint->Handle(request); };
  const auto tokens = [this](const apiserver::RequestPtr& request) {
    token_endpoint->Handle(request);
  };
  snapshot_endpoint =
      std::make_unique<SnapshotEndpoint>(*store, *blocking_executor, StoreFolder(options.data_dir));
  const auto snapshot = [this](const apiserver::RequestPtr& request) {
    snapshot_endpoint->Handle(request);
  };
  const auto rotation = [this](const apiserver::RequestPtr& request) {
    rotation_endpoint->Handle(request);
  };
  const auto crl = [this, &clock](const apiserver::RequestPtr& request) {
    ReplyRevocationLists(*request, *identity.Now(), *revoked, clock.Now());
  };
  const auto keys =
      [document = apiserver::JsonWebKeySet(*token_key)](const apiserver::RequestPtr& request) {
        ReplyJson(*request, 200, document);
      };
  const auto issuer = [document =
                           apiserver::OpenIdConfiguration()](const apiserver::RequestPtr& request) {
    ReplyJson(*request, 200, document);
  };
  server = std::make_unique<ApiServer>(
      ApiServerOptions{.store = *store,
                       .kinds = BuiltinKinds(),
                       .clock = clock,
                       .random = random,
                       .ca_pem = RootsOf(identity.Now()->authorities),
                       .limits = {},
                       .token_key = token_key,
                       .audit = {audit_log.get(), audit_policy},
                       .checks = {},
                       .paths = {{"/noizy/v1/tokens", tokens},
                                 {"/noizy/v1/store", snapshot},
                                 {"/noizy/v1/crl", crl},
                                 {"/noizy/v1/ca/rotation", rotation},
                                 {"/openid/v1/jwks", keys},
                                 {"/.well-known/openid-configuration", issuer}},
                       .subresources = {{"tasks.noizy.dev/log", log}}});
}

void ControlPlane::Parts::MakeHub(Clock& clock, Random& random) {
  const auto fence = [key = *token_key, &clock](const Task& task) {
    return apiserver::SignFenceToken(key,
                                     {task.metadata.ns, task.metadata.name, task.metadata.uid,
                                      task.status.attempt, task.status.node_name},
                                     clock.Now());
  };
  const auto authority = [this] {
    const auto now = identity.Now();
    return apiserver::NodeAuthority{now->authorities.current, RootsOf(now->authorities)};
  };
  hub = std::make_unique<AgentHub>(AgentHubOptions{
      .store = *store,
      .writer = server->writer(),
      .executor = *agents_executor,
      .clock = clock,
      .random = random,
      .joiner = {.authority = authority},
      .log_folder = options.data_dir + "/logs",
      .payloads = *payloads,
      .disk = *payload_executor,
      .fence_token = fence,
      .check_certificate = [this](const std::string& serial) { return revoked->Check(serial); },
      .rotating = [this] { return identity.Now()->authorities.previous.has_value(); },
      .on_excluded = [this] { RecheckPeers(); },
      .cut_off = [] { return !HasNetwork(); }});
  log_endpoint = std::make_unique<LogEndpoint>(*store, hub->logs(), clock, *blocking_executor);
}

// For the Certificates' loops, and whoever else wants to know whom to trust.
Status ControlPlane::Parts::PublishAuthority() {
  const auto now = identity.Now();
  const KindPtr kind = server->kinds().Snapshot()->FindByResource("", "v1", "configmaps");
  const Value map = Object{
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       Object{{"name", certificate::kGridCaMap}, {"namespace", certificate::kGridNamespace}}},
      {"data", Object{{certificate::kCaKey, TrustedBy(*now)},
                      {certificate::kIssuerKey, IssuerChain(*now).certificate_pem}}}};
  apiserver::Configuration wanted{map, OnConflict::kTakeOver, {}};
  const apiserver::StoreKey key{"configmaps", std::string(certificate::kGridNamespace),
                                std::string(certificate::kGridCaMap)};
  std::promise<Status> written;
  server->writer().Apply(
      kind, key, apiserver::Subresource::kNone, std::move(wanted), {},
      [&](Result<apiserver::WriteOutcome> outcome) { written.set_value(outcome.status()); });
  return written.get_future().get();
}

std::shared_ptr<Client> ControlPlane::Parts::InProcessClient(const std::string& user) {
  const PeerIdentity peer{user, {"system:masters"}, "in-process"};
  auto transport = std::shared_ptr<HttpTransport>(MakeInProcessTransport(server->handler(), peer));
  return std::make_shared<Client>(std::move(transport));
}

// Before anybody can schedule them.
Status ControlPlane::Parts::HoldRestored(const Clock& clock) {
  const Status held = HoldRestoredTasks(*InProcessClient("system:noizy:restore"),
                                        options.data_dir + "/" + apiserver::kRestoredMark, clock);
  return held.ok() ? held : held.WithContext("holding the Tasks of a restored grid");
}

void ControlPlane::Parts::MakeRotation(Clock& clock) {
  rotation_endpoint = std::make_unique<RotationEndpoint>(RotationEndpointOptions{
      .identity = identity,
      .clock = clock,
      .executor = *blocking_executor,
      .pki_folder = options.data_dir + "/pki",
      .passphrase = options.authority.passphrase,
      .reload = [this, &clock] { return Reload(clock); },
      .node_is_up_to_date = [this](const std::string& node) { return hub->IsUpToDate(node); },
      .is_revoked = [this](const std::string& serial) { return !revoked->Check(serial).ok(); },
      .client = InProcessClient("system:noizy:rotation")});
}

Status ControlPlane::Parts::WriteKubeconfigOfAdmin(const Clock& clock) {
  kubeconfig_path = options.data_dir + "/kubeconfig";
  return WriteAdminKubeconfig(*identity.Now(), kubeconfig_path,
                              "https://" + FromHere(options.address, server->port()), clock);
}

// Takes over what the folder holds now, having renewed what is due. Listeners first: they trust
// the new before anybody shows it.
Status ControlPlane::Parts::Reload(const Clock& clock) {
  NOIZY_ASSIGN_OR_RETURN(GridIdentity next,
                         OpenGridIdentity(options.data_dir, options.authority, clock));
  const auto before = identity.Now();
  const bool changed = next.server.certificate_pem != before->server.certificate_pem ||
                       next.server.ca_pem != before->server.ca_pem ||
                       next.issuer.certificate_pem != before->issuer.certificate_pem;
  if (!changed) return WriteKubeconfigOfAdmin(clock);
  NOIZY_RETURN_IF_ERROR(grpc->SetTls(next.server));
  NOIZY_RETURN_IF_ERROR(server->SetTls(next.server));
  const bool trust_changed = next.server.ca_pem != before->server.ca_pem;
  identity.Set(std::move(next));
  NOIZY_RETURN_IF_ERROR(WriteKubeconfigOfAdmin(clock));
  NOIZY_RETURN_IF_ERROR(PublishAuthority());
  if (trust_changed) hub->TellOfAuthority();
  LogInfo("Serving with new certificates");
  return Status::Ok();
}

// The servers' certificate, the issuer's and the administrator's are renewed in their time, and the
// servers' when the machine has another address.
void ControlPlane::Parts::KeepCertificates(const Clock& clock) {
  keeper.emplace(*blocking_executor, [this, &clock] { return Reload(clock); });
  keeper->Start();
}

void ControlPlane::Parts::StartSigning(Clock& clock, Random& random) {
  const auto authority_for = [this](std::string_view name) -> Result<CertificateAuthority> {
    const auto now = identity.Now();
    return name == certificate_signer::kCertificateSigner ? IssuerChain(*now)
                                                          : now->authorities.current;
  };
  signing = std::make_unique<ControllerSet>(InProcessClient("system:noizy:signer"), clock, random,
                                            SigningControllers(authority_for));
  signing->Start();
}

Status ControlPlane::Parts::ListenForAgents() {
  hub->Start();
  GrpcServerOptions grpc_options;
  grpc_options.address = options.address;
  grpc_options.port = options.grpc_port;
  grpc_options.tls = identity.Now()->server;
  grid_executor = std::make_unique<ThreadExecutor>();
  grid = std::make_unique<Grid>(server->handler(), *grid_executor,
                                apiserver::PayloadPlace{*payloads, *payload_executor});
  grpc_options.grid = grid.get();
  grpc_options.check_peer = [this](const PeerIdentity& peer) { return server->CheckPeer(peer); };
  NOIZY_ASSIGN_OR_RETURN(grpc, GrpcServer::Start(std::move(grpc_options), *hub));
  return Status::Ok();
}

Status ControlPlane::Parts::Listen(Clock& clock) {
  for (const std::string_view name : kNamespaces)
    NOIZY_RETURN_IF_ERROR(EnsureNamespace(*server, name));
  NOIZY_RETURN_IF_ERROR(server->EnsurePolicy());
  NOIZY_RETURN_IF_ERROR(PublishAuthority());
  NOIZY_RETURN_IF_ERROR(ListenForAgents());
  const auto ca = [this] { return identity.Now()->authorities.current.certificate_pem; };
  TokenEndpointOptions token_options{*hub, *blocking_executor, ca,
                                     FromElsewhere(options.address, grpc->port())};
  token_endpoint = std::make_unique<TokenEndpoint>(std::move(token_options));
  HttpServerOptions http_options;
  http_options.address = options.address;
  http_options.port = options.https_port;
  http_options.tls = identity.Now()->server;
  NOIZY_RETURN_IF_ERROR(server->Listen(std::move(http_options)));
  NOIZY_RETURN_IF_ERROR(WriteKubeconfigOfAdmin(clock));
  NOIZY_RETURN_IF_ERROR(server->Ready());
  grpc->SetServing(true);
  listening = true;
  RecheckPeersSometimes();
  return Status::Ok();
}

void ControlPlane::Parts::RecheckPeers() {
  if (!listening) return;
  server->RecheckPeers();
  grpc->RecheckPeers();
}

// Certificates and tokens end by themselves, of which nobody tells.
void ControlPlane::Parts::RecheckPeersSometimes() {
  agents_executor->PostAfter(kRecheckInterval, [this] {
    RecheckPeers();
    RecheckPeersSometimes();
  });
}

ControlPlane::ControlPlane(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ControlPlane::~ControlPlane() {
  Stop(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<ControlPlane>> ControlPlane::Open(ControlPlaneOptions options, Clock& clock,
                                                         Random& random) {
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  NOIZY_RETURN_IF_ERROR(parts->OpenState(clock));
  parts->MakeServer(clock, random);
  parts->MakeHub(clock, random);
  parts->MakeRotation(clock);
  // The unique_ptr owns it; make_unique cannot reach the private constructor.
  auto plane = std::unique_ptr<ControlPlane>(new ControlPlane(std::move(parts)));
  NOIZY_RETURN_IF_ERROR(plane->parts_->HoldRestored(clock));
  NOIZY_RETURN_IF_ERROR(plane->parts_->Listen(clock));
  plane->parts_->StartSigning(clock, random);
  plane->parts_->KeepCertificates(clock);
  LogInfo("Serving", {{"url", plane->https_url()},
                      {"grpcPort", std::to_string(plane->grpc_port())},
                      {"dataDir", plane->parts_->options.data_dir}});
  return plane;
}

std::uint16_t ControlPlane::https_port() const {
  return parts_->server->port();
}
std::uint16_t ControlPlane::grpc_port() const {
  return parts_->grpc->port();
}
std::string ControlPlane::https_url() const {
  return "https://" + FromHere(parts_->options.address, https_port());
}
std::string ControlPlane::grpc_target() const {
  return FromHere(parts_->options.address, grpc_port());
}
std::shared_ptr<const GridIdentity> ControlPlane::identity() const {
  return parts_->identity.Now();
}
const std::string& ControlPlane::kubeconfig_path() const {
  return parts_->kubeconfig_path;
}
HttpHandler ControlPlane::handler() {
  return parts_->server->handler();
}

Status ControlPlane::Reload(const Clock& clock) {
  std::promise<Status> reloaded;
  parts_->blocking_executor->Post([&] { reloaded.set_value(parts_->Reload(clock)); });
  return reloaded.get_future().get();
}

Result<std::string> ControlPlane::CreateJoinToken(Duration ttl, const std::string& node_name) {
  return parts_->hub->CreateToken(ttl, node_name);
}

void ControlPlane::Stop(std::chrono::milliseconds grace) {
  if (parts_->signing) parts_->signing->Stop();
  if (parts_->grpc) parts_->grpc->Stop(grace);
  if (parts_->server) parts_->server->Stop(grace);
  if (parts_->grid_executor) parts_->grid_executor->Stop();
  if (parts_->payload_executor) parts_->payload_executor->Stop();
  if (parts_->agents_executor) parts_->agents_executor->Stop();
  if (parts_->blocking_executor) parts_->blocking_executor->Stop();
  if (parts_->audit_executor) parts_->audit_executor->Stop();
}

}  // namespace noizy
