// The API server: a store, the kinds, the filter chain and the HTTPS listener put together.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apiserver/definitions/definition_server.h"
#include "apiserver/expiry/event_expiry.h"
#include "apiserver/filters/chain.h"
#include "apiserver/listener/certificate_expiry.h"
#include "apiserver/listener/documents.h"
#include "apiserver/listener/health.h"
#include "apiserver/listener/task_phases.h"
#include "apiserver/resources/object_writer.h"
#include "apiserver/reviews/reviews.h"
#include "apiserver/storage/object_feed.h"
#include "machinery/base/executor.h"
#include "machinery/base/mutex.h"
#include "machinery/transport/http_server.h"

namespace noizy::apiserver {

struct ApiServerOptions {
  Store& store;
  KindRegistry kinds;
  const Clock& clock;
  Random& random;
  /// Served at /noizy/v1/ca, until SetTls brings another.
  std::string ca_pem;
  InFlightLimits limits;
  /// Signs service accounts' tokens; none are made or taken without it.
  std::optional<Es256Key> token_key{};
  AuditOptions audit{};
  /// Beside the store's own check.
  std::vector<HealthCheck> checks;
  /// Further paths and subresources ("tasks.noizy.dev/log"); handlers must outlive the server.
  std::map<std::string, RequestHandler, std::less<>> paths;
  std::map<std::string, RequestHandler, std::less<>> subresources;
};

/// Serves as soon as it is made: in-process through handler(), to others after Listen. Thread-safe.
class ApiServer {
 public:
  explicit ApiServer(ApiServerOptions options);
  ~ApiServer();

  /// Takes requests from any transport. Valid as long as the server.
  HttpHandler handler();
  ObjectWriter& writer() { return writer_; }
  const KindCatalog& kinds() const { return kinds_; }
  Status Ready() const { return health_.Ready(); }
  /// Makes the roles and bindings that every grid has, or completes them. Waits for the store.
  Status EnsurePolicy();

  /// Opens the HTTPS listener.
  Status Listen(HttpServerOptions options);
  /// Replaces the listener's certificate and the CAs it trusts and shows. Connections go on, but
  /// for those whose certificates these CAs did not sign.
  Status SetTls(const TlsIdentity& tls) NOIZY_EXCLUDES(ca_mutex_);
  /// Somebody's certificate was taken back or has ended, a Node or what a token lives by was
  /// deleted: their connections, or streams, end. After Listen.
  void RecheckPeers() { http_->RecheckPeers(); }
  /// An error for a peer whose requests would be refused: revoked, expired, or a deleted Node's.
  Status CheckPeer(const PeerIdentity& peer) const;
  /// The listener's port; 0 before Listen.
  std::uint16_t port() const { return http_ ? http_->port() : 0; }
  void Stop(std::chrono::milliseconds grace);

 private:
  ChainOptions MakeChain(ApiServerOptions& options);
  ServiceAccountTokens* OpenTokens(ApiServerOptions& options);
  FeedEvents RecheckWhenDeleted();
  ServiceAccountTokens* tokens() { return tokens_ ? &*tokens_ : nullptr; }

  const Store& store_;
  const Clock& clock_;
  KindCatalog kinds_;
  ObjectWriter writer_;
  WatchRoster watches_;
  Authorizer authorizer_;
  const RevokedCertificates revoked_;
  ServerNames server_names_;
  std::optional<ServiceAccountTokens> tokens_;
  ReviewServer reviews_;
  ThreadExecutor watch_executor_;
  /// What tokens live by.
  ObjectFeed accounts_;
  ObjectFeed secrets_;
  bool recheck_due_ = false;  // the watch executor's
  const std::shared_ptr<DefinitionServer> definitions_;
  const std::shared_ptr<EventExpiry> event_expiry_;
  DocumentServer documents_;
  HealthServer health_;
  TaskPhases task_phases_;
  CertificateExpiry certificate_expiry_;
  Mutex ca_mutex_;
  std::string ca_pem_ NOIZY_GUARDED_BY(ca_mutex_);
  FilterChain chain_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace noizy::apiserver
