// Nobody gives away rights that are not theirs: what is looked at when somebody writes a role or a
// binding.
#pragma once

#include "apiserver/authorization/authorizer.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Forbidden when the write of a Role, ClusterRole or binding would give rights that `identity`
/// does not have, unless it may `escalate` that role or `bind` the role referred to; NotFound when
/// a binding refers to a role that is not there. Ok for other kinds. `before` is null for a
/// creation.
Status CheckRoleWrite(Authorizer& authorizer, const Identity& identity, const Value* before,
                      const Value& after);

}  // namespace noizy::apiserver
