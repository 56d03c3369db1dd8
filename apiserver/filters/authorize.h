// Whether the caller may do what it asks for.
#pragma once

#include "apiserver/authorization/authorizer.h"
#include "apiserver/filters/certificate_guard.h"
#include "apiserver/resources/request.h"

namespace noizy::apiserver {

/// Forbidden, in Kubernetes' words, unless the authorizer allows it or the path is public.
Status Authorize(Authorizer& authorizer, const RequestContext& context);

/// What the caller's writes to this kind must be held against: roles and bindings, Certificates,
/// and whatever a node writes; and where a PUT or an apply may turn out to create the object, whether
/// the caller may create, too. Null for everything else. `server` outlives the check.
WriteCheck MakeWriteCheck(Authorizer& authorizer, const ServerNames& server,
                          const RequestContext& context);

}  // namespace noizy::apiserver
