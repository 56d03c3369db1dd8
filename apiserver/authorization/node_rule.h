// What a node may do beyond any role: read its own Node and the Tasks bound to it, write their
// status, and hold its own Lease.
#pragma once

#include <string_view>

#include "apiserver/authorization/access.h"
#include "apiserver/authorization/identity.h"
#include "apiserver/storage/store.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// The namespace of the nodes' Leases.
inline constexpr std::string_view kNodeLeaseNamespace = "noizy-system";

/// "hp-omen" for system:node:hp-omen in system:nodes; "" for anybody else.
std::string_view NodeNameOf(const Identity& identity);

/// Secrets are not in it: what a Task needs of them comes with its assignment.
bool NodeMay(std::string_view node, const Access& access, const Store& store);

/// Forbidden when what a node writes would make the object somebody else's: a Task moved away, a
/// Lease of another name. `before` is null for a creation.
Status CheckNodeWrite(std::string_view node, const Value* before, const Value& after);

}  // namespace noizy::apiserver
