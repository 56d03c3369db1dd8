#include "apiserver/filters/authenticate.h"

#include <algorithm>
#include <array>

namespace noizy::apiserver {
namespace {

constexpr std::array<std::string_view, 5> kPublicPaths = {"/healthz", "/livez", "/readyz",
                                                          "/version", "/noizy/v1/ca"};
constexpr std::array<std::string_view, 3> kDiscoveryPaths = {"/api", "/apis", "/openapi"};
constexpr std::string_view kNodeUserPrefix = "system:node:";

bool IsPathOrBelow(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

bool MayReadOwnNode(const RequestContext& context) {
  const RequestTarget& info = context.target;
  return context.identity.InGroup(kNodesGroup) && info.verb == "get" && info.group == "noizy.dev" &&
         info.plural == "nodes" &&
         context.identity.user == std::string(kNodeUserPrefix) + info.name;
}

std::string Denial(const RequestContext& context) {
  const RequestTarget& info = context.target;
  const std::string user = "User \"" + context.identity.user + "\" cannot ";
  if (!info.is_resource) return user + info.verb + " path \"" + context.request().path + "\"";
  std::string text = user + info.verb + " resource \"" + info.plural +
                     (info.subresource.empty() ? "" : "/" + info.subresource) +
                     "\" in API group \"" + info.group + "\"";
  return text +
         (info.ns.empty() ? " at the cluster scope" : " in the namespace \"" + info.ns + "\"");
}

}  // namespace

bool IsPublicPath(std::string_view path) {
  return std::ranges::any_of(kPublicPaths,
                             [&](std::string_view root) { return IsPathOrBelow(path, root); });
}

Result<Identity> Authenticate(const HttpRequest& request) {
  if (!request.peer.common_name.empty()) {
    Identity identity{request.peer.common_name, request.peer.organizations};
    identity.groups.emplace_back(kAuthenticatedGroup);
    return identity;
  }
  if (IsPublicPath(request.path)) return Identity{"system:anonymous", {"system:unauthenticated"}};
  return Unauthorized(
      "Unauthorized: present a client certificate signed by this grid's CA (noizy up writes one "
      "into its kubeconfig)");
}

Status Authorize(const RequestContext& context) {
  if (context.identity.InGroup(kAdminGroup)) return Status::Ok();
  const std::string_view path = context.request().path;
  if (!context.target.is_resource) {
    const bool discovery = std::ranges::any_of(
        kDiscoveryPaths, [&](std::string_view root) { return IsPathOrBelow(path, root); });
    if (IsPublicPath(path) || (discovery && context.identity.InGroup(kAuthenticatedGroup)))
      return Status::Ok();
  } else if (MayReadOwnNode(context)) {
    return Status::Ok();
  }
  const std::string what =
      context.target.is_resource
          ? context.target.plural + (context.target.group.empty() ? "" : "." + context.target.group) +
                (context.target.name.empty() ? "" : " \"" + context.target.name + "\"") +
                " is forbidden: "
          : "forbidden: ";
  StatusDetails details;
  details.name = context.target.name;
  details.group = context.target.group;
  details.kind = context.target.plural;
  return Forbidden(what + Denial(context)).WithDetails(std::move(details));
}

}  // namespace noizy::apiserver
