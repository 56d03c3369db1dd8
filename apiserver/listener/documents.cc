#include "apiserver/listener/documents.h"

#include <array>

#include "machinery/pki/pki.h"
#include "machinery/protobuf/openapi_v2.h"
#include "machinery/schema/discovery.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAggregated =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
constexpr std::string_view kV3 = "/openapi/v3/";

// "/apis/noizy.dev/v1" → {"noizy.dev", "v1"}; "/api/v1" → {"", "v1"}.
std::pair<std::string, std::string> GroupVersionOf(std::string_view path) {
  if (path.starts_with("/api/")) return {"", std::string(path.substr(5))};
  path.remove_prefix(std::min(path.size(), std::string_view("/apis/").size()));
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return {std::string(path), ""};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

// What else is served, for people who look around.
constexpr std::array<std::string_view, 10> kOtherPaths{
    "/healthz",         "/livez",      "/metrics",    "/noizy/v1/ca", "/noizy/v1/store",
    "/noizy/v1/tokens", "/openapi/v2", "/openapi/v3", "/readyz",      "/version"};

Value MakeRoot(const KindRegistry& registry, std::string_view) {
  Array paths = StringArray(DiscoveryPaths(registry));
  for (const std::string_view path : kOtherPaths) paths.emplace_back(path);
  return Object{{"paths", std::move(paths)}};
}
Value MakeApi(const KindRegistry&, std::string_view) {
  return ApiVersionsDocument();
}
Value MakeApis(const KindRegistry& registry, std::string_view) {
  return ApiGroupListDocument(registry);
}
Value MakeAggregatedApi(const KindRegistry& registry, std::string_view) {
  return AggregatedDiscoveryDocument(registry, DiscoveryRoot::kApi);
}
Value MakeAggregatedApis(const KindRegistry& registry, std::string_view) {
  return AggregatedDiscoveryDocument(registry, DiscoveryRoot::kApis);
}
Value MakeGroup(const KindRegistry& registry, std::string_view path) {
  const auto [group, version] = GroupVersionOf(path);
  return version.empty() ? ApiGroupDocument(registry, group)
                         : ApiResourceListDocument(registry, group, version);
}
Value MakeOpenApiV2(const KindRegistry& registry, std::string_view) {
  return OpenApiV2Document(registry);
}
Value MakeOpenApiV3Index(const KindRegistry& registry, std::string_view) {
  return OpenApiV3Index(registry);
}
Value MakeOpenApiV3(const KindRegistry& registry, std::string_view path) {
  const auto [group, version] = GroupVersionOf(path.substr(kV3.size() - 1));
  return OpenApiV3Document(registry, group, version);
}

std::string_view AcceptOf(const RequestContext& request) {
  return FindHeader(request.request().headers, "Accept");
}

bool WantsAggregated(const RequestContext& request) {
  const std::string_view accept = AcceptOf(request);
  const auto at = accept.find("as=APIGroupDiscoveryList");
  return at != std::string_view::npos &&
         accept.substr(0, at).rfind("v=v2;") != std::string_view::npos;
}

// Whoever names both forms gets the one named first.
bool WantsProtobuf(const RequestContext& request) {
  const std::string_view accept = AcceptOf(request);
  const auto at = std::min(accept.find(kOpenApiV2Asked), accept.find(kOpenApiV2Protobuf));
  return at < accept.find(kJson);
}

}  // namespace

std::map<std::string, RequestHandler, std::less<>> DocumentServer::Paths() {
  const auto root = [this](Maker legacy, Maker aggregated) {
    return [this, legacy, aggregated](const RequestPtr& request) {
      const bool wants_aggregated = WantsAggregated(*request);
      Serve(*request, wants_aggregated ? kAggregated : kJson,
            wants_aggregated ? aggregated : legacy);
    };
  };
  const auto plain = [this](Maker make) {
    return [this, make](const RequestPtr& request) { Serve(*request, kJson, make); };
  };
  return {{"/", plain(MakeRoot)},
          {"/api", root(MakeApi, MakeAggregatedApi)},
          {"/apis", root(MakeApis, MakeAggregatedApis)},
          {"/api/", plain(MakeGroup)},
          {"/apis/", plain(MakeGroup)},
          {"/openapi/v2",
           [this](const RequestPtr& request) {
             Serve(*request, WantsProtobuf(*request) ? kOpenApiV2Protobuf : kJson, MakeOpenApiV2);
           }},
          {"/openapi/v3", plain(MakeOpenApiV3Index)},
          {"/openapi/v3/", plain(MakeOpenApiV3)}};
}

DocumentServer::Document DocumentServer::Find(const std::string& path,
                                              std::string_view content_type, Maker make) {
  const std::shared_ptr<const KindRegistry> registry = kinds_.Snapshot();
  MutexLock lock(mutex_);
  if (made_for_ != registry) {
    documents_.clear();
    made_for_ = registry;
  }
  const std::pair key(path, std::string(content_type));
  if (const auto found = documents_.find(key); found != documents_.end()) return found->second;
  const Value value = make(*registry, path);
  // Unknown paths are not remembered: anybody could fill the memory with them.
  if (value.is_null()) return {};
  std::string text = content_type == kOpenApiV2Protobuf ? EncodeOpenApiV2(value) : ToJson(value);
  Document document{std::make_shared<const std::string>(std::move(text)), "",
                    std::string(content_type)};
  document.etag = "\"" + Sha256Hex(*document.text) + "\"";
  return documents_.emplace(key, std::move(document)).first->second;
}

void DocumentServer::Serve(const RequestContext& request, std::string_view content_type,
                           Maker make) {
  std::string path = request.request().path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const Document document = Find(path, content_type, make);
  if (document.text == nullptr) {
    return ReplyStatus(request, Status(StatusReason::kNotFound,
                                       "the server could not find the requested resource"));
  }
  // A hash in the address names the very content: it may be kept for ever. What the hash named may
  // have changed since, so whoever comes by an old one is sent to the new one.
  const std::string_view hash = request.Parameter("hash");
  if (!hash.empty()) {
    if (const std::string current = OpenApiHash(*document.text); hash != current)
      return request.exchange->Reply({301, {{"Location", path + "?hash=" + current}}, {}});
  }
  HttpHeaders headers{
      {"Content-Type", document.content_type}, {"ETag", document.etag}, {"Vary", "Accept"}};
  headers.emplace_back("Cache-Control",
                       hash.empty() ? "public, max-age=0" : "public, immutable, max-age=31536000");
  if (FindHeader(request.request().headers, "If-None-Match") == document.etag) {
    return request.exchange->Reply({304, std::move(headers), {}});
  }
  ReplyLarge(request, {200, std::move(headers), {SharedBytes(document.text, *document.text)}});
}

}  // namespace noizy::apiserver
