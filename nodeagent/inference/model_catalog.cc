#include "nodeagent/inference/model_catalog.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "machinery/value/json.h"

namespace noizy::nodeagent {
namespace {

constexpr std::size_t kMaxNameBytes = 253;
// Ollama's servers list a model with its tag, and take the name alone for this one.
constexpr std::string_view kDefaultTag = ":latest";

bool IsFitToShow(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

// {"object": "list", "data": [{"id": "llama3.1:8b"}, …]}
Result<std::vector<std::string>> NamesIn(const std::string& body) {
  NOIZY_ASSIGN_OR_RETURN(const Value list, ParseJson(body));
  // Ollama without any model writes null.
  if (const Value* data = Find(list, {"data"}); data != nullptr && data->is_null())
    return std::vector<std::string>();
  const Array* data = ArrayAt(list, {"data"});
  if (data == nullptr) return BadRequest("it lists no models");
  std::vector<std::string> names;
  for (const Value& entry : *data) {
    const std::string_view name = StringAt(entry, {"id"});
    // LM Studio's own API tells what takes no chat.
    if (StringAt(entry, {"type"}) == "embeddings") continue;
    if (IsFitToShow(name) && names.size() < kMostModels) names.emplace_back(name);
  }
  return names;
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
  NOIZY_RETURN_IF_ERROR(CheckModelServer(server));
  return std::vector{server};
}

Result<std::vector<std::string>> ListModels(const ModelServer& server,
                                            const std::function<bool()>& cancelled) {
  NOIZY_ASSIGN_OR_RETURN(const std::string list,
                         GetFrom(server, "/models", PathPlace::kWithinApi, cancelled));
  return NamesIn(list);
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

std::int64_t ModelCatalog::RequestsOf(const ModelServer& server) {
  if (silent_.contains(server.url)) return 0;
  const auto requests = options_.requests(server, [this] { return stopping_.load(); });
  if (requests.ok()) return *requests;
  if (requests.status().reason() == StatusReason::kNotFound) silent_.insert(server.url);
  return 0;
}

ModelCatalog::Found ModelCatalog::Ask() {
  Found found;
  for (const ModelServer& server : options_.servers) {
    const auto names = options_.list(server, [this] { return stopping_.load(); });
    if (!names.ok()) {
      silent_.erase(server.url);
      continue;
    }
    found.requests += RequestsOf(server);
    for (const std::string& name : *names) {
      found.models.try_emplace(name, server);
      if (name.ends_with(kDefaultTag))
        found.models.try_emplace(name.substr(0, name.size() - kDefaultTag.size()), server);
    }
  }
  return found;
}

void ModelCatalog::Refresh() {
  if (asking_ || options_.servers.empty()) return;
  executor_.Cancel(timer_);
  asking_ = pool_.Run([this, weak = std::weak_ptr(self_)] {
    executor_.Post([weak, found = Ask()]() mutable {
      if (const auto self = weak.lock()) (*self)->Take(std::move(found));
    });
  });
}

void ModelCatalog::Take(Found found) {
  asking_ = false;
  timer_ = executor_.PostAfter(options_.interval, [weak = std::weak_ptr(self_)] {
    if (const auto self = weak.lock()) (*self)->Refresh();
  });
  const bool others = found.models != found_.models;
  found_ = std::move(found);
  if (others) on_change_();
}

}  // namespace noizy::nodeagent
