#include "nodeagent/inference/model_catalog.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "machinery/model/provider.h"
#include "machinery/transport/http.h"
#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr std::size_t kMaxListBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxNameBytes = 253;
// Ollama's servers list a model with its tag, and take the name alone for this one.
constexpr std::string_view kDefaultTag = ":latest";

Result<std::unique_ptr<HttpTransport>> ConnectTo(const ModelServer& server) {
  model::Provider provider;
  provider.name = "model server";
  provider.api = "openai";
  provider.base_url = server.url;
  return model::ConnectTo(provider);
}

bool IsFitToShow(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

// {"object": "list", "data": [{"id": "llama3.1:8b"}, …]}
Result<std::vector<std::string>> NamesIn(const std::string& body) {
  NOIZY_ASSIGN_OR_RETURN(const Value list, ParseJson(body));
  const Array* data = ArrayAt(list, {"data"});
  if (data == nullptr) return BadRequest("it lists no models");
  std::vector<std::string> names;
  for (const Value& entry : *data) {
    const std::string_view name = StringAt(entry, {"id"});
    if (IsFitToShow(name) && names.size() < kMostModels) names.emplace_back(name);
  }
  return names;
}

struct Reply {
  int code = 0;
  std::string body;
};

// Whoever listens there may be anything: no more of it is read than a list of models can be.
Result<Reply> Get(HttpTransport& transport, const ModelServer& server,
                  const std::function<bool()>& cancelled) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/models";
  if (!server.api_key.empty())
    request.headers.emplace_back("Authorization", "Bearer " + server.api_key);
  Reply reply;
  const MonotonicTime until = RealClock::Instance().Monotonic() + kListTimeout;
  bool whole = true;
  HttpTransport::StreamSink sink;
  sink.on_headers = [&](int code, const HttpHeaders&) {
    reply.code = code;
    return true;
  };
  sink.on_piece = [&](std::string_view piece) {
    whole = reply.body.size() + piece.size() <= kMaxListBytes;
    if (whole) reply.body += piece;
    return whole;
  };
  sink.cancelled = [&] {
    if (RealClock::Instance().Monotonic() >= until || cancelled()) whole = false;
    return !whole;
  };
  NOIZY_RETURN_IF_ERROR(transport.Stream(request, sink));
  if (!whole) return Timeout("its list of models was not whole in time");
  return reply;
}

}  // namespace

std::vector<ModelServer> UsualModelServers() {
  return {
      {"http://127.0.0.1:11434", ""}, {"http://127.0.0.1:8080", ""}, {"http://127.0.0.1:1234", ""}};
}

Result<std::vector<ModelServer>> ModelServersFor(const std::string& words,
                                                 const std::string& api_key) {
  if (words == "none") return std::vector<ModelServer>();
  if (words.empty()) return UsualModelServers();
  const ModelServer server{words, api_key};
  if (const auto way = ConnectTo(server); !way.ok()) return way.status();
  return std::vector{server};
}

Result<std::vector<std::string>> ListModels(const ModelServer& server,
                                            const std::function<bool()>& cancelled) {
  NOIZY_ASSIGN_OR_RETURN(const auto transport, ConnectTo(server));
  NOIZY_ASSIGN_OR_RETURN(const Reply reply, Get(*transport, server, cancelled));
  if (reply.code != 200) return BadRequest("it answered " + std::to_string(reply.code));
  return NamesIn(reply.body);
}

ModelCatalog::ModelCatalog(Options options, Executor& executor, std::function<void()> on_change)
    : options_(std::move(options)),
      executor_(executor),
      on_change_(std::move(on_change)),
      self_(std::make_shared<ModelCatalog*>(this)) {}

ModelCatalog::~ModelCatalog() {
  stopping_ = true;
  executor_.Cancel(timer_);
}

void ModelCatalog::Refresh() {
  if (asking_ || options_.servers.empty()) return;
  executor_.Cancel(timer_);
  asking_ = pool_.Run([this, weak = std::weak_ptr(self_)] {
    Found found;
    for (const ModelServer& server : options_.servers) {
      const auto names = options_.list(server, [this] { return stopping_.load(); });
      if (!names.ok()) continue;
      for (const std::string& name : *names) {
        found.try_emplace(name, server);
        if (name.ends_with(kDefaultTag))
          found.try_emplace(name.substr(0, name.size() - kDefaultTag.size()), server);
      }
    }
    executor_.Post([weak, found = std::move(found)]() mutable {
      if (const auto self = weak.lock()) (*self)->Take(std::move(found));
    });
  });
}

void ModelCatalog::Take(Found found) {
  asking_ = false;
  timer_ = executor_.PostAfter(options_.interval, [weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->Refresh();
  });
  if (found == models_) return;
  models_ = std::move(found);
  on_change_();
}

}  // namespace noizy::nodeagent
