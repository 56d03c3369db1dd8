// Acting as somebody else: the Impersonate-User, -Group, -Uid and -Extra-… headers, each of which
// the caller must be allowed by the verb "impersonate".
#pragma once

#include <optional>

#include "apiserver/authorization/authorizer.h"
#include "machinery/transport/http.h"

namespace noizy::apiserver {

/// Whom the request is to be taken as; empty when it has no such header. BadRequest for headers
/// without a user, Forbidden for what the caller may not impersonate.
Result<std::optional<Identity>> Impersonate(Authorizer& authorizer, const HttpRequest& request,
                                            const Identity& caller);

}  // namespace noizy::apiserver
