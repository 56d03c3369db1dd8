#include "apiserver/resources/request.h"

#include <algorithm>
#include <array>

#include "apiserver/resources/negotiate.h"
#include "machinery/meta/selector.h"
#include "machinery/meta/status_object.h"
#include "machinery/transport/gzip.h"
#include "machinery/value/json.h"
#include "machinery/value/pretty_json.h"

namespace noizy::apiserver {
namespace {

Result<std::vector<std::string>> PathSegments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    if (path.front() == '/') {
      path.remove_prefix(1);
      continue;
    }
    const auto end = std::min(path.find('/'), path.size());
    NOIZY_ASSIGN_OR_RETURN(std::string segment, PercentDecode(path.substr(0, end)));
    segments.push_back(std::move(segment));
    path.remove_prefix(end);
  }
  return segments;
}

// Reads "/api/VERSION/" or "/apis/GROUP/VERSION/"; returns how many segments that took, 0 when it
// is neither.
std::size_t TakeGroupVersion(const std::vector<std::string>& segments, RequestTarget& info) {
  if (segments.size() >= 3 && segments[0] == "api") {
    info.version = segments[1];
    return 2;
  }
  if (segments.size() >= 4 && segments[0] == "apis") {
    info.group = segments[1];
    info.version = segments[2];
    return 3;
  }
  return 0;
}

// The rest of a resource path: [namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]]. "namespaces/NS" alone,
// and with the namespace's own subresources, is the Namespace object itself.
void TakeResource(const std::vector<std::string>& segments, std::size_t at, RequestTarget& info) {
  const auto segment = [&](std::size_t i) {
    return at + i < segments.size() ? segments[at + i] : std::string();
  };
  const std::string third = segment(2);
  const bool own_subresource = info.group.empty() && (third == "status" || third == "finalize");
  if (segment(0) == "namespaces" && !third.empty() && !own_subresource) {
    info.ns = segment(1);
    at += 2;
  }
  info.plural = segment(0);
  info.name = segment(1);
  info.subresource = segment(2);
}

std::string VerbOf(const std::string& method, bool named, bool watch) {
  if (method == "GET" || method == "HEAD") {
    if (watch) return "watch";
    return named ? "get" : "list";
  }
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return named ? "delete" : "deletecollection";
  return "";
}

// The name in "metadata.name=NAME" among the field selector's terms, as Kubernetes reads it for
// rules with resourceNames.
std::string SelectedName(const QueryParameters& query) {
  const std::string_view text = FindParameter(query, "fieldSelector");
  if (text.find("metadata.name") == std::string_view::npos) return {};
  const Result<Selector> selector = ParseFieldSelector(text);
  if (!selector.ok()) return {};
  for (const Requirement& requirement : selector->requirements()) {
    const bool one = requirement.op == Requirement::Operator::kIn && requirement.values.size() == 1;
    if (one && requirement.key == "metadata.name") return requirement.values.front();
  }
  return {};
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

bool IsFlagSet(const QueryParameters& query, std::string_view name) {
  const auto found = std::ranges::find(query, name, &QueryParameters::value_type::first);
  if (found == query.end()) return false;
  return found->second.empty() || ParseBoolParameter(found->second);
}

Result<RequestTarget> ParseRequestTarget(const HttpRequest& request, const QueryParameters& query) {
  RequestTarget info;
  info.verb = Lower(request.method);
  NOIZY_ASSIGN_OR_RETURN(const std::vector<std::string> segments, PathSegments(request.path));
  std::size_t at = TakeGroupVersion(segments, info);
  if (at == 0) return info;
  info.is_resource = true;
  // The older form of a watch, /apis/GROUP/VERSION/watch/…; the Ruby client knows no other.
  const bool watch_path =
      request.method == "GET" && segments[at] == "watch" && segments.size() > at + 1;
  if (watch_path) ++at;
  TakeResource(segments, at, info);
  const bool watch = (watch_path || IsFlagSet(query, "watch")) && info.subresource.empty();
  info.verb = VerbOf(request.method, !info.name.empty(), watch);
  if (info.name.empty()) info.selected_name = SelectedName(query);
  return info;
}

Access RequestContext::access() const {
  return {.verb = target.verb,
          .is_resource = target.is_resource,
          .group = target.group,
          .resource = target.plural,
          .subresource = target.subresource,
          .ns = target.ns,
          .name = target.name.empty() ? target.selected_name : target.name,
          .field_selector = Parameter("fieldSelector"),
          .path = request().path};
}

Status MethodNotAllowed() {
  return {StatusReason::kMethodNotAllowed,
          "the server does not allow this method on the requested resource"};
}

void ReplyLarge(const RequestContext& context, HttpReply reply) {
  GzipReply(FindHeader(context.request().headers, "Accept-Encoding"), reply);
  context.exchange->Reply(std::move(reply));
}

void ReplyJson(const RequestContext& context, int code, const Value& document,
               HttpHeaders headers) {
  HttpReply reply{code, std::move(headers), {}};
  reply.headers.emplace_back("Content-Type", "application/json");
  std::string text =
      WantsPretty(context) ? ToIndentedJson(document, kReplyIndent) : ToJson(document);
  text += '\n';
  reply.body.emplace_back(std::move(text));
  context.exchange->Reply(std::move(reply));
}

void ReplyStatus(const RequestContext& context, const Status& status) {
  HttpHeaders headers;
  if (const auto seconds = status.details().retry_after_seconds) {
    headers.emplace_back("Retry-After", std::to_string(*seconds));
  }
  if (status.reason() == StatusReason::kUnauthorized)
    headers.emplace_back("WWW-Authenticate", "Bearer realm=\"noizy\"");
  ReplyJson(context, HttpCode(status.reason()), StatusToValue(status), std::move(headers));
}

}  // namespace noizy::apiserver
