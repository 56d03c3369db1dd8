// Who is asking. A verified client certificate says it (CN is the user, the O's are the groups),
// else a service account's bearer token.
#pragma once

#include "apiserver/authentication/service_account_tokens.h"
#include "apiserver/resources/request.h"

namespace noizy::apiserver {

/// Paths served to anybody: health, version and the CA bundle.
bool IsPublicPath(std::string_view path);

/// Unauthorized for a token that is no good, and without any credential, except on public paths,
/// where the identity is system:anonymous. `tokens` is null where nobody has any.
Result<Identity> Authenticate(const HttpRequest& request, ServiceAccountTokens* tokens);

/// As Authenticate, of the Authorization header alone; Ok when it bears no token.
Status CheckAuthorization(std::string_view authorization, ServiceAccountTokens* tokens);

/// Unauthorized once the peer's certificate has ended: a connection may outlive it.
Status CheckNotExpired(const PeerIdentity& peer, WallTime now);

/// Unauthorized for a node's certificate when its Node is gone: a certificate outlives a deletion.
/// Ok for everybody else.
Status CheckNodeIsThere(const Identity& identity, const Store& store);

}  // namespace noizy::apiserver
