#include "apiserver/listener/api_server.h"

#include <utility>

#include "apiserver/filters/authenticate.h"
#include "apiserver/listener/policy.h"
#include "machinery/base/metrics.h"

namespace noizy::apiserver {
namespace {

// Clients decide by these what they may ask for: what noizy serves is Kubernetes 1.32's API
// machinery.
Value VersionDocument() {
  return Object{{"major", "1"},    {"minor", "32"},      {"gitVersion", "v1.32.0+noizy"},
                {"gitCommit", ""}, {"gitTreeState", ""}, {"buildDate", ""},
                {"goVersion", ""}, {"compiler", "gcc"},  {"platform", "noizy"}};
}

// A handler of what can only be read.
RequestHandler Reading(RequestHandler handler) {
  return [handler = std::move(handler)](const RequestPtr& request) {
    const std::string& method = request->request().method;
    if (method != "GET" && method != "HEAD") return ReplyStatus(*request, MethodNotAllowed());
    handler(request);
  };
}

std::vector<HealthCheck> AllChecks(const Store& store, std::vector<HealthCheck> more) {
  std::vector<HealthCheck> checks;
  checks.push_back({"ping", [] { return Status::Ok(); }, true});
  checks.push_back({"storage", [&store] { return store.Health(); }, false});
  for (HealthCheck& check : more) checks.push_back(std::move(check));
  return checks;
}

}  // namespace

ApiServer::ApiServer(ApiServerOptions options)
    : store_(options.store),
      clock_(options.clock),
      kinds_(std::move(options.kinds)),
      writer_(options.store, options.clock, options.random),
      authorizer_(options.store),
      revoked_(options.store),
      reviews_(authorizer_, OpenTokens(options)),
      accounts_(options.store, watch_executor_, "serviceaccounts", RecheckWhenDeleted()),
      secrets_(options.store, watch_executor_, "secrets", RecheckWhenDeleted()),
      definitions_(std::make_shared<DefinitionServer>(DefinitionServerOptions{
          options.store, writer_, kinds_, watches_, options.clock, watch_executor_})),
      event_expiry_(std::make_shared<EventExpiry>(
          EventExpiryOptions{options.store, writer_, kinds_.Snapshot()->FindByName("events"),
                             options.clock, watch_executor_})),
      documents_(kinds_),
      health_(AllChecks(options.store, std::move(options.checks))),
      task_phases_(options.store),
      certificate_expiry_(options.store),
      ca_pem_(options.ca_pem),
      chain_(MakeChain(options)) {
  definitions_->Start();
  event_expiry_->Start();
}

ApiServer::~ApiServer() {
  Stop(std::chrono::milliseconds(0));
}

ServiceAccountTokens* ApiServer::OpenTokens(ApiServerOptions& options) {
  if (options.token_key)
    tokens_.emplace(options.store, *std::move(options.token_key), options.clock, options.random);
  return tokens();
}

ChainOptions ApiServer::MakeChain(ApiServerOptions& options) {
  ChainOptions chain{.verbs = {options.store, writer_, options.clock, watch_executor_, watches_},
                     .kinds = kinds_,
                     .clock = options.clock,
                     .authorizer = authorizer_,
                     .tokens = tokens(),
                     .revoked = revoked_,
                     .server_names = server_names_,
                     .limits = options.limits,
                     .audit = std::move(options.audit),
                     .subresources = std::move(options.subresources),
                     .questions = reviews_.Questions(),
                     .paths = std::move(options.paths)};
  chain.subresources.merge(reviews_.Subresources());
  for (const auto& [path, handler] : documents_.Paths())
    chain.paths.emplace(path, Reading(handler));
  chain.paths.merge(health_.Paths());
  chain.paths.emplace("/version", Reading([](const RequestPtr& request) {
                        ReplyJson(*request, 200, VersionDocument());
                      }));
  chain.paths.emplace("/metrics", [this](const RequestPtr& request) {
    task_phases_.Count();
    certificate_expiry_.Count();
    request->exchange->Reply({200,
                              {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                              {SharedBytes(MetricsText())}});
  });
  chain.paths.emplace(
      "/noizy/v1/ca", Reading([this](const RequestPtr& request) {
        MutexLock lock(ca_mutex_);
        request->exchange->Reply(
            {200, {{"Content-Type", "application/x-pem-file"}}, {SharedBytes(ca_pem_)}});
      }));
  return chain;
}

Status ApiServer::SetTls(const TlsIdentity& tls) {
  NOIZY_RETURN_IF_ERROR(http_->SetTls(tls));
  NOIZY_RETURN_IF_ERROR(server_names_.Set(tls.certificate_pem));
  MutexLock lock(ca_mutex_);
  ca_pem_ = tls.ca_pem;
  return Status::Ok();
}

Status ApiServer::EnsurePolicy() {
  return WriteBootstrapPolicy(*kinds_.Snapshot(), writer_);
}

HttpHandler ApiServer::handler() {
  return [this](std::shared_ptr<HttpExchange> exchange) { chain_.Handle(std::move(exchange)); };
}

Status ApiServer::Listen(HttpServerOptions options) {
  NOIZY_RETURN_IF_ERROR(server_names_.Set(options.tls.certificate_pem));
  options.check_peer = [this](const PeerIdentity& peer) { return CheckPeer(peer); };
  options.check_authorization = [this](std::string_view authorization) {
    return CheckAuthorization(authorization, tokens());
  };
  NOIZY_ASSIGN_OR_RETURN(http_, HttpServer::Start(std::move(options), handler()));
  watch_executor_.Post([this] {
    accounts_.Start();
    secrets_.Start();
  });
  return Status::Ok();
}

// Once for all that is deleted together: a namespace may have thousands of Secrets.
FeedEvents ApiServer::RecheckWhenDeleted() {
  const auto recheck = [this] {
    if (std::exchange(recheck_due_, true)) return;
    watch_executor_.Post([this] {
      recheck_due_ = false;
      RecheckPeers();
    });
  };
  FeedEvents feed;
  feed.on_reset = [] {};
  feed.on_put = [](const StoredObjectPtr&) {};
  feed.on_delete = [recheck](const StoredObjectPtr&) { recheck(); };
  feed.on_synced = recheck;  // it may have missed a deletion
  return feed;
}

// What every request is asked, for what runs on without one: a watch, a log that is followed.
Status ApiServer::CheckPeer(const PeerIdentity& peer) const {
  NOIZY_RETURN_IF_ERROR(revoked_.Check(peer.certificate_serial));
  NOIZY_RETURN_IF_ERROR(CheckNotExpired(peer, clock_.Now()));
  return CheckNodeIsThere({peer.common_name, peer.organizations}, store_);
}

void ApiServer::Stop(std::chrono::milliseconds grace) {
  if (http_) http_->Stop(grace);
  watch_executor_.Stop();
}

}  // namespace noizy::apiserver
