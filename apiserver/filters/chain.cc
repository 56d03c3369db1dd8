#include "apiserver/filters/chain.h"

#include <array>
#include <utility>

#include "apiserver/filters/authenticate.h"
#include "apiserver/filters/authorize.h"
#include "apiserver/filters/impersonate.h"
#include "apiserver/filters/observe.h"
#include "apiserver/filters/transaction.h"

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
    const PeerIdentity& peer = state.context.request().peer;
    NOIZY_RETURN_IF_ERROR(state.chain.options_.revoked.Check(peer.certificate_serial));
    NOIZY_RETURN_IF_ERROR(CheckNotExpired(peer, state.chain.options_.clock.Now()));
    NOIZY_ASSIGN_OR_RETURN(state.context.identity,
                           Authenticate(state.context.request(), state.chain.options_.tokens));
    return CheckNodeIsThere(state.context.identity, state.chain.options_.verbs.store);
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

  static Status TellWhatCame(FilterState& state) {
    AuditReceived(state.chain.options_.audit, state.chain.options_.clock, state.context,
                  state.exchange);
    return Status::Ok();
  }

  static Status ActAs(FilterState& state) {
    RequestContext& context = state.context;
    NOIZY_ASSIGN_OR_RETURN(
        std::optional<Identity> wanted,
        Impersonate(state.chain.options_.authorizer, context.request(), context.identity));
    if (!wanted) return Status::Ok();
    context.impersonator = std::exchange(context.identity, *std::move(wanted));
    return Status::Ok();
  }

  static Status Allow(FilterState& state) {
    RequestContext& context = state.context;
    NOIZY_RETURN_IF_ERROR(Authorize(state.chain.options_.authorizer, context));
    context.write_check =
        MakeWriteCheck(state.chain.options_.authorizer, state.chain.options_.server_names, context);
    return Status::Ok();
  }

  // The order of everything that happens before a request takes its turn (take_turn.h) and reaches
  // its verb. Answers of all of them are counted (observe.h) and audited (audit.h).
  static constexpr std::array kOrder = {&ReadRequest,  &Identify, &FindKind,
                                        &TellWhatCame, &ActAs,    &Allow};
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

FilterChain::FilterChain(ChainOptions options)
    : options_(std::move(options)), turns_(options_.limits, options_.clock) {
  options_.paths.emplace(kTransactionsPath, [this](const RequestPtr& request) {
    HandleTransaction(options_.verbs.store, request, [this](auto exchange, auto member) {
      Handle(std::move(exchange), std::move(member));
    });
  });
}

const RequestHandler* FilterChain::FindPath(std::string_view path) const {
  const RequestHandler* best = nullptr;
  std::size_t best_length = 0;
  for (const auto& [key, handler] : options_.paths) {
    const bool open = key.size() > 1 && key.ends_with('/');
    const bool fits = key == path || (open && path.starts_with(key));
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
    const std::string_view path = request->request().path;
    // "/apis/" is "/apis" to whoever asks, although the groups below have a handler of their own.
    const RequestHandler* handler =
        FindPath(path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
    if (handler == nullptr) handler = FindPath(path);
    return handler != nullptr ? (*handler)(request) : ReplyStatus(*request, NoSuchPath());
  }
  if (request->kind == nullptr) return ReplyStatus(*request, NoSuchPath());
  if (!request->kind->stored) return AnswerQuestion(request);
  if (!info.subresource.empty()) {
    const auto handler =
        options_.subresources.find(request->kind->Resource() + "/" + info.subresource);
    if (handler != options_.subresources.end()) return handler->second(request);
  }
  HandleResource(options_.verbs, request);
}

void FilterChain::AnswerQuestion(const RequestPtr& request) {
  const auto handler = options_.questions.find(request->kind->Resource());
  if (handler == options_.questions.end()) return ReplyStatus(*request, NoSuchPath());
  const RequestTarget& target = request->target;
  if (target.verb != "create" || !target.name.empty()) {
    return ReplyStatus(*request, MethodNotAllowed());
  }
  handler->second(request);
}

void FilterChain::Handle(std::shared_ptr<HttpExchange> exchange,
                         std::shared_ptr<GroupMember> member) {
  auto observed = std::make_shared<ObservedExchange>(std::move(exchange), options_.clock);
  auto context = std::make_shared<RequestContext>();
  context->exchange = observed;
  context->received = observed->received();
  context->member = std::move(member);
  AuditRequest(options_.audit, options_.clock, context, *observed);
  FilterState state{*this, *context, *observed};
  for (const auto filter : Filters::kOrder) {
    if (const Status status = filter(state); !status.ok()) return ReplyStatus(*context, status);
  }
  // The transaction has had its turn.
  if (context->member != nullptr) return Dispatch(context);
  const auto run = [this, context, observed](FairQueue::Seat seat) {
    observed->slot = std::move(seat);
    Dispatch(context);
  };
  if (const Status status = turns_.Enter(*context, run); !status.ok())
    ReplyStatus(*context, status);
}

}  // namespace noizy::apiserver
