// One API request on its way through the server: who asks, for what, and how to answer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/authorization/access.h"
#include "apiserver/authorization/identity.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/schema/kind.h"
#include "machinery/transport/http.h"
#include "machinery/transport/url.h"

namespace noizy::apiserver {

class GroupMember;

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
  /// The one object that a list's or watch's field selector names.
  std::string selected_name;
};

/// Parses the path of `request`. BadRequest for a broken escape.
Result<RequestTarget> ParseRequestTarget(const HttpRequest& request, const QueryParameters& query);

/// Whether a parameter says yes, as Kubernetes reads it: one without a value ("?watch") does, too.
bool IsFlagSet(const QueryParameters& query, std::string_view name);

/// A last look at a write, for what depends on who writes. `before` is null for a creation.
using WriteCheck = std::function<Status(const Value* before, const Value& after)>;

/// A request with all that the filters found out about it. Shared by whatever works on its answer.
struct RequestContext {
  std::shared_ptr<HttpExchange> exchange;
  QueryParameters query;
  RequestTarget target;
  Identity identity;
  /// Who came, when `identity` is whom they act as.
  std::optional<Identity> impersonator;
  KindPtr kind;  // set for resource requests whose kind exists
  /// Passed on in the WritePolicy; null when the writer's identity makes no difference.
  WriteCheck write_check;
  /// A watch's place among its user's, until the watch ends.
  std::shared_ptr<void> watch_place;
  MonotonicTime received{};
  /// The request's part in a transaction; null for one that stands alone.
  std::shared_ptr<GroupMember> member;

  const HttpRequest& request() const { return exchange->request(); }
  /// What is asked for, in the words of rules; as long as this lives.
  Access access() const;
  /// "" when the parameter is absent.
  std::string_view Parameter(std::string_view name) const { return FindParameter(query, name); }
  bool Flag(std::string_view name) const { return IsFlagSet(query, name); }
};
using RequestPtr = std::shared_ptr<const RequestContext>;

/// 405: what is named is there, and cannot be used like this.
Status MethodNotAllowed();

/// Answers with a Status object (and Retry-After where the status has one).
void ReplyStatus(const RequestContext& context, const Status& status);
/// Answers with what may be large: compressed when the client asks for it.
void ReplyLarge(const RequestContext& context, HttpReply reply);
/// Answers with a JSON document.
void ReplyJson(const RequestContext& context, int code, const Value& document,
               HttpHeaders headers = {});

}  // namespace noizy::apiserver
