// The roles and bindings that every grid has.
#pragma once

#include <optional>
#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Opts an object out of being brought up to date at start ("false").
inline constexpr std::string_view kAutoUpdateAnnotation =
    "rbac.authorization.kubernetes.io/autoupdate";

/// ClusterRoles first, then the bindings that refer to them.
Result<std::vector<Value>> BootstrapPolicy();

/// What `current` becomes so that it gives at least what `wanted` does: missing rules, subjects and
/// labels are added, nothing is taken away. Empty: nothing to do, or it opted out.
std::optional<Value> Reconciled(const Value& wanted, const Value& current);

}  // namespace noizy::apiserver
