// What every request passes before it reaches its verb. The order stands in one array in chain.cc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apiserver/authentication/revoked_certificates.h"
#include "apiserver/authentication/service_account_tokens.h"
#include "apiserver/authorization/authorizer.h"
#include "apiserver/filters/audit.h"
#include "apiserver/filters/certificate_guard.h"
#include "apiserver/filters/take_turn.h"
#include "apiserver/resources/request.h"
#include "apiserver/resources/verbs.h"
#include "apiserver/resources/write_group.h"
#include "machinery/base/mutex.h"

namespace noizy::apiserver {

/// Answers a request that is no plain verb on an object: a document, a probe, a task's log.
using RequestHandler = std::function<void(const RequestPtr& request)>;

/// The kinds served now. Thread-safe; readers take a snapshot.
class KindCatalog {
 public:
  explicit KindCatalog(KindRegistry registry)
      : registry_(std::make_shared<const KindRegistry>(std::move(registry))) {}
  std::shared_ptr<const KindRegistry> Snapshot() const;
  void Replace(KindRegistry registry);

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const KindRegistry> registry_ NOIZY_GUARDED_BY(mutex_);
};

struct ChainOptions {
  VerbContext verbs;
  const KindCatalog& kinds;
  const Clock& clock;
  Authorizer& authorizer;
  ServiceAccountTokens* tokens = nullptr;
  const RevokedCertificates& revoked;
  const ServerNames& server_names;
  InFlightLimits limits;
  AuditOptions audit;
  /// By "resource/subresource" ("tasks.noizy.dev/log").
  std::map<std::string, RequestHandler, std::less<>> subresources;
  /// What answers kinds that are not stored, by resource ("tokenreviews.authentication.k8s.io").
  std::map<std::string, RequestHandler, std::less<>> questions;
  /// By exact path, or by prefix when the key ends in '/'. Longest match wins.
  std::map<std::string, RequestHandler, std::less<>> paths;
};

/// Takes requests from any transport and sees to it that each is answered once. Thread-safe.
class FilterChain {
 public:
  explicit FilterChain(ChainOptions options);
  /// `member`: the request's part in a transaction.
  void Handle(std::shared_ptr<HttpExchange> exchange,
              std::shared_ptr<GroupMember> member = nullptr);

 private:
  friend struct Filters;
  const RequestHandler* FindPath(std::string_view path) const;
  void Dispatch(const RequestPtr& request);
  void AnswerQuestion(const RequestPtr& request);

  ChainOptions options_;
  TurnTaker turns_;
};

}  // namespace noizy::apiserver
