// Who is asking: the verified client certificate says it. CN is the user, the O's are the groups
// (Kubernetes' X.509 authentication).
#pragma once

#include "apiserver/resources/request.h"

namespace noizy::apiserver {

inline constexpr std::string_view kAdminGroup = "system:masters";
inline constexpr std::string_view kNodesGroup = "system:nodes";
inline constexpr std::string_view kAuthenticatedGroup = "system:authenticated";

/// Paths served to anybody: health, version and the CA bundle.
bool IsPublicPath(std::string_view path);

/// Unauthorized without a certificate, except on public paths, where the identity is
/// system:anonymous.
Result<Identity> Authenticate(const HttpRequest& request);

/// Forbidden, in Kubernetes' words, unless the user may do this: administrators everything; any
/// authenticated user discovery; a node reads its own Node.
Status Authorize(const RequestContext& context);

}  // namespace noizy::apiserver
