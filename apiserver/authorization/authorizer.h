// Who may do what: members of system:masters everything, nodes what is theirs, and everybody what
// roles give them (RBAC). Rules only allow; what nothing allows is forbidden.
#pragma once

#include <functional>
#include <string>

#include "apiserver/authorization/access.h"
#include "apiserver/authorization/identity.h"
#include "apiserver/authorization/role_index.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

struct Decision {
  bool allowed = false;
  /// Why, where something allows it: "RBAC: allowed by …".
  std::string reason;
};

/// Thread-safe. A decision costs a few hash look-ups and the comparison of the rules found.
class Authorizer {
 public:
  explicit Authorizer(Store& store) : store_(store), roles_(store) {}

  bool Allows(const Identity& identity, const Access& access);
  /// The same with the reason, which costs a text.
  Decision Decide(const Identity& identity, const Access& access);
  /// Everything that roles give to `identity` in `ns`; "": everywhere.
  PolicyRules RulesOf(const Identity& identity, std::string_view ns);
  /// Null when there is no such role. `ns` is "" for a ClusterRole.
  PolicyRulesPtr FindRole(std::string_view ns, std::string_view name);

 private:
  using Visit = std::function<bool(const RoleGrant& grant)>;
  /// Calls `visit` for each grant that holds in `ns` until it says true; whether it did.
  bool AnyGrant(const Identity& identity, std::string_view ns, const Visit& visit);
  bool AllowedByRole(const Identity& identity, const Access& access, std::string* source);

  Store& store_;
  RoleIndex roles_;
};

/// Forbidden, in Kubernetes' words.
Status Denial(const Identity& identity, const Access& access);
/// Ok, or the Denial of what is not allowed.
Status CheckAccess(Authorizer& authorizer, const Identity& identity, const Access& access);

}  // namespace noizy::apiserver
