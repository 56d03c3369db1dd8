#include "apiserver/filters/authenticate.h"

#include <algorithm>
#include <array>

#include "apiserver/authorization/node_rule.h"
#include "machinery/meta/time.h"

namespace noizy::apiserver {
namespace {

constexpr std::array<std::string_view, 6> kPublicPaths = {
    "/healthz", "/livez", "/readyz", "/version", "/noizy/v1/ca", "/noizy/v1/crl"};

bool IsPathOrBelow(std::string_view path, std::string_view root) {
  return path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
}

// The token of "Bearer TOKEN"; "" when there is none.
std::string_view BearerToken(std::string_view header) {
  constexpr std::string_view kScheme = "Bearer ";
  if (header.size() <= kScheme.size() ||
      !EqualsIgnoringCase(header.substr(0, kScheme.size()), kScheme))
    return {};
  return header.substr(header.find_last_of(' ') + 1);
}

}  // namespace

bool IsPublicPath(std::string_view path) {
  return std::ranges::any_of(kPublicPaths,
                             [&](std::string_view root) { return IsPathOrBelow(path, root); });
}

Result<Identity> Authenticate(const HttpRequest& request, ServiceAccountTokens* tokens) {
  if (!request.peer.common_name.empty()) {
    Identity identity{request.peer.common_name, request.peer.organizations};
    identity.groups.emplace_back(kAuthenticatedGroup);
    return identity;
  }
  if (const auto token = BearerToken(FindHeader(request.headers, "Authorization"));
      !token.empty()) {
    if (tokens == nullptr) return Unauthorized("Unauthorized: this server takes no tokens");
    NOIZY_ASSIGN_OR_RETURN(TokenOwner owner, tokens->Authenticate(token));
    return std::move(owner.identity);
  }
  if (IsPublicPath(request.path)) {
    return Identity{std::string(kAnonymousUser), {std::string(kUnauthenticatedGroup)}};
  }
  return Unauthorized(
      "Unauthorized: present a client certificate signed by this grid's CA (noizy up writes one "
      "into its kubeconfig) or a service account's token");
}

Status CheckAuthorization(std::string_view authorization, ServiceAccountTokens* tokens) {
  const std::string_view token = BearerToken(authorization);
  if (token.empty() || tokens == nullptr) return Status::Ok();
  return tokens->Authenticate(token).status();
}

Status CheckNotExpired(const PeerIdentity& peer, WallTime now) {
  if (now < peer.not_after) return Status::Ok();
  return Unauthorized("Unauthorized: the certificate of \"" + peer.common_name + "\" expired at " +
                      FormatTime(peer.not_after) +
                      ": connect again with a new one (noizy cert issue)");
}

Status CheckNodeIsThere(const Identity& identity, const Store& store) {
  const std::string node(NodeNameOf(identity));
  if (node.empty() || store.Get({"nodes.noizy.dev", "", node}) != nullptr) return Status::Ok();
  return Unauthorized("Unauthorized: the Node \"" + node +
                      "\" was deleted: join the grid again with a new token");
}

}  // namespace noizy::apiserver
