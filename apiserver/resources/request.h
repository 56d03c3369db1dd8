// One API request on its way through the server: who asks, for what, and how to answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/schema/kind.h"
#include "machinery/transport/http.h"
#include "machinery/transport/url.h"

namespace noizy::apiserver {

/// An authenticated user, as Kubernetes' user.Info.
struct Identity {
  std::string user;
  std::vector<std::string> groups;

  bool InGroup(std::string_view group) const;
};

/// What a request asks for, read from its method, path and query (Kubernetes calls it RequestInfo).
struct RequestTarget {
  /// get, list, watch, create, update, patch, delete, deletecollection; for other paths the
  /// lower-case method.
  std::string verb;
  bool is_resource = false;
  std::string group;
  std::string version;
  std::string plural;
  std::string ns;
  std::string name;
  std::string subresource;
};

/// Parses the path of `request`. BadRequest for a broken escape.
Result<RequestTarget> ParseRequestTarget(const HttpRequest& request, const QueryParameters& query);

/// A request with all that the filters found out about it. Shared by whatever works on its answer.
struct RequestContext {
  std::shared_ptr<HttpExchange> exchange;
  QueryParameters query;
  RequestTarget target;
  Identity identity;
  KindPtr kind;  // set for resource requests whose kind exists
  MonotonicTime received{};

  const HttpRequest& request() const { return exchange->request(); }
  StoreKey key() const { return {kind->Resource(), target.ns, target.name}; }
  /// "" when the parameter is absent.
  std::string_view Parameter(std::string_view name) const { return FindParameter(query, name); }
};
using RequestPtr = std::shared_ptr<const RequestContext>;

/// Answers with a Status object (and Retry-After where the status has one).
void ReplyStatus(const RequestContext& context, const Status& status);
/// Answers with what may be large: compressed when the client asks for it.
void ReplyLarge(const RequestContext& context, HttpReply reply);
/// Answers with a JSON document.
void ReplyJson(const RequestContext& context, int code, const Value& document,
               HttpHeaders headers = {});

}  // namespace noizy::apiserver
