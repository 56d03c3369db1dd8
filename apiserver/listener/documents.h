// Discovery, OpenAPI and version documents, made once for each set of kinds and then served from
// memory with an ETag.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "apiserver/filters/chain.h"
#include "machinery/base/mutex.h"
#include "machinery/transport/http.h"

namespace noizy::apiserver {

/// Thread-safe.
class DocumentServer {
 public:
  explicit DocumentServer(const KindCatalog& kinds) : kinds_(kinds) {}

  /// The paths this serves ("/api", "/apis", "/apis/", "/openapi/…"), for the filter chain. `this`
  /// must outlive the chain.
  std::map<std::string, RequestHandler, std::less<>> Paths();

 private:
  struct Document {
    std::shared_ptr<const std::string> text;  // null: there is no such document
    std::string etag;
    std::string content_type;
  };
  using Maker = Value (*)(const KindRegistry& registry, std::string_view path);

  void Serve(const RequestContext& request, std::string_view content_type, Maker make);
  Document Find(const std::string& path, std::string_view content_type, Maker make);

  const KindCatalog& kinds_;
  Mutex mutex_;
  std::shared_ptr<const KindRegistry> made_for_ NOIZY_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, Document> documents_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy::apiserver
