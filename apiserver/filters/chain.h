// What every request passes before it reaches its verb. The order stands in one array in chain.cc.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apiserver/resources/request.h"
#include "apiserver/resources/verbs.h"
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

/// Requests that may be worked on at once, as kube-apiserver's defaults; watches and logs do not
/// count. Beyond: 429 with Retry-After.
struct InFlightLimits {
  int reads = 400;
  int writes = 200;
};

struct ChainOptions {
  VerbContext verbs;
  const KindCatalog& kinds;
  const Clock& clock;
  InFlightLimits limits;
  /// By "resource/subresource" ("tasks.noizy.dev/log").
  std::map<std::string, RequestHandler, std::less<>> subresources;
  /// By exact path, or by prefix when the key ends in '/'. Longest match wins.
  std::map<std::string, RequestHandler, std::less<>> paths;
};

/// Takes requests from any transport and sees to it that each is answered once. Thread-safe.
class FilterChain {
 public:
  explicit FilterChain(ChainOptions options);
  void Handle(std::shared_ptr<HttpExchange> exchange);

 private:
  friend struct Filters;
  const RequestHandler* FindPath(std::string_view path) const;
  void Dispatch(const RequestPtr& request);

  ChainOptions options_;
  std::shared_ptr<std::atomic<int>> reads_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::atomic<int>> writes_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace noizy::apiserver
