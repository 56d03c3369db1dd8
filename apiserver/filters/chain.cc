#include "apiserver/filters/chain.h"

#include <array>

#include "apiserver/filters/authenticate.h"
#include "apiserver/filters/observe.h"

namespace noizy::apiserver {

// What one request carries through the filters.
struct FilterState {
  FilterChain& chain;
  RequestContext& context;
  ObservedExchange& exchange;
};

// Each filter lets the request pass (Ok) or ends it with a Status.
struct Filters {
  static Status ReadRequest(FilterState& state) {
    const HttpRequest& request = state.context.request();
    NOIZY_ASSIGN_OR_RETURN(state.context.query, ParseQuery(request.query));
    NOIZY_ASSIGN_OR_RETURN(state.context.target, ParseRequestTarget(request, state.context.query));
    return Status::Ok();
  }

  static Status Identify(FilterState& state) {
    NOIZY_ASSIGN_OR_RETURN(state.context.identity, Authenticate(state.context.request()));
    return Status::Ok();
  }

  static Status FindKind(FilterState& state) {
    RequestContext& context = state.context;
    if (!context.target.is_resource) {
      if (state.chain.FindPath(context.request().path) != nullptr) {
        state.exchange.labels = {context.target.verb, "none"};
      }
      return Status::Ok();
    }
    const RequestTarget& info = context.target;
    context.kind = state.chain.options_.kinds.Snapshot()->FindByResource(info.group, info.version,
                                                                         info.plural);
    if (context.kind != nullptr) state.exchange.labels = {info.verb, context.kind->Resource()};
    return Status::Ok();
  }

  static Status LimitInFlight(FilterState& state) {
    const std::string& verb = state.context.target.verb;
    if (verb == "watch" || !state.context.target.is_resource ||
        state.context.target.subresource == "log")
      return Status::Ok();
    const bool read = verb == "get" || verb == "list";
    const std::shared_ptr<std::atomic<int>>& counter =
        read ? state.chain.reads_ : state.chain.writes_;
    const int limit = read ? state.chain.options_.limits.reads : state.chain.options_.limits.writes;
    if (counter->fetch_add(1) >= limit) {
      counter->fetch_sub(1);
      StatusDetails details;
      details.retry_after_seconds = 1;
      return Status(StatusReason::kTooManyRequests,
                    "too many requests at once, please try again later", std::move(details));
    }
    state.exchange.slot =
        std::shared_ptr<void>(nullptr, [counter](void*) { counter->fetch_sub(1); });
    return Status::Ok();
  }

  static Status Allow(FilterState& state) { return Authorize(state.context); }

  // The order of everything that happens before a verb.
  static constexpr std::array kOrder = {&ReadRequest, &Identify, &FindKind, &Allow, &LimitInFlight};
};

namespace {

Status NoSuchPath() {
  return {StatusReason::kNotFound, "the server could not find the requested resource"};
}

}  // namespace

std::shared_ptr<const KindRegistry> KindCatalog::Snapshot() const {
  MutexLock lock(mutex_);
  return registry_;
}

void KindCatalog::Replace(KindRegistry registry) {
  auto next = std::make_shared<const KindRegistry>(std::move(registry));
  MutexLock lock(mutex_);
  registry_ = std::move(next);
}

FilterChain::FilterChain(ChainOptions options) : options_(std::move(options)) {}

const RequestHandler* FilterChain::FindPath(std::string_view path) const {
  const RequestHandler* best = nullptr;
  std::size_t best_length = 0;
  for (const auto& [key, handler] : options_.paths) {
    const bool fits = key == path || (key.ends_with('/') && path.starts_with(key));
    if (fits && key.size() > best_length) {
      best = &handler;
      best_length = key.size();
    }
  }
  return best;
}

void FilterChain::Dispatch(const RequestPtr& request) {
  const RequestTarget& info = request->target;
  if (!info.is_resource) {
    const RequestHandler* handler = FindPath(request->request().path);
    return handler != nullptr ? (*handler)(request) : ReplyStatus(*request, NoSuchPath());
  }
  if (request->kind == nullptr) return ReplyStatus(*request, NoSuchPath());
  if (!info.subresource.empty()) {
    const auto handler =
        options_.subresources.find(request->kind->Resource() + "/" + info.subresource);
    if (handler != options_.subresources.end()) return handler->second(request);
  }
  HandleResource(options_.verbs, request);
}

void FilterChain::Handle(std::shared_ptr<HttpExchange> exchange) {
  auto observed = std::make_shared<ObservedExchange>(std::move(exchange), options_.clock);
  auto context = std::make_shared<RequestContext>();
  context->exchange = observed;
  context->received = observed->received();
  FilterState state{*this, *context, *observed};
  for (const auto filter : Filters::kOrder) {
    if (const Status status = filter(state); !status.ok()) return ReplyStatus(*context, status);
  }
  Dispatch(context);
}

}  // namespace noizy::apiserver
