#include "nodeagent/inference/model_server.h"

#include <memory>
#include <string_view>

#include "machinery/model/provider.h"
#include "machinery/transport/http.h"

namespace noizy::nodeagent {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;

Result<std::unique_ptr<HttpTransport>> ConnectTo(const ModelServer& server, PathPlace place) {
  model::Provider provider;
  provider.name = "model server";
  provider.api = "openai";
  provider.base_url = server.url;
  if (place == PathPlace::kBesideApi) {
    provider.api = "ollama";  // whose URLs are left as they are
    std::string& url = provider.base_url;
    while (url.ends_with('/')) url.pop_back();
    if (url.ends_with("/v1")) url.resize(url.size() - 3);
  }
  return model::ConnectTo(provider);
}

}  // namespace

Status CheckModelServer(const ModelServer& server) {
  return ConnectTo(server, PathPlace::kWithinApi).status();
}

Result<std::string> GetFrom(const ModelServer& server, const std::string& path, PathPlace place,
                            const std::function<bool()>& cancelled) {
  NOIZY_ASSIGN_OR_RETURN(const auto transport, ConnectTo(server, place));
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  if (!server.api_key.empty())
    request.headers.emplace_back("Authorization", "Bearer " + server.api_key);
  int code = 0;
  std::string body;
  const MonotonicTime until = RealClock::Instance().Monotonic() + kServerPatience;
  bool whole = true;
  HttpTransport::StreamSink sink;
  sink.on_headers = [&](int answered, const HttpHeaders&) {
    code = answered;
    return true;
  };
  sink.on_piece = [&](std::string_view piece) {
    whole = body.size() + piece.size() <= kMostBytes;
    if (whole) body += piece;
    return whole;
  };
  sink.cancelled = [&] {
    if (RealClock::Instance().Monotonic() >= until || cancelled()) whole = false;
    return !whole;
  };
  NOIZY_RETURN_IF_ERROR(transport->Stream(request, sink));
  if (!whole) return Timeout("its answer to " + path + " was not whole in time");
  if (code != 200) return BadRequest("it answered " + std::to_string(code) + " to " + path);
  return body;
}

}  // namespace noizy::nodeagent
