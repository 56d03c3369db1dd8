#include "apiserver/authorization/role_guard.h"

#include <algorithm>

#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

// Who writes what, and where.
struct RoleWrite {
  Authorizer& authorizer;
  const Identity& identity;
  const Value* before;
  const Value& after;

  bool MayDo(std::string_view verb, std::string_view resource, std::string_view name) const {
    return authorizer.Allows(identity, {.verb = verb,
                                        .group = kRbacGroup,
                                        .resource = resource,
                                        .ns = NamespaceOf(after),
                                        .name = name});
  }
};

// Without what garbage collection and the server itself write.
Value WithoutBookkeeping(Value object) {
  for (const std::string_view member : {"ownerReferences", "finalizers", "managedFields",
                                        "resourceVersion", "generation", "deletionTimestamp"})
    Remove(object, {"metadata", member});
  return object;
}

// Labels count: they say which roles aggregate this one.
bool ChangesBookkeepingAlone(const RoleWrite& write) {
  return write.before != nullptr &&
         Equal(WithoutBookkeeping(*write.before), WithoutBookkeeping(write.after));
}

bool Aggregates(const Value* role) {
  return role != nullptr && Find(*role, {"aggregationRule"}) != nullptr;
}

std::string ListOf(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts)
    out.append(out.size() > 1 ? " " : "").append("\"").append(text).append("\"");
  return out.append("]");
}

Status NotHeld(const RoleWrite& write, std::string_view resource, std::string_view why) {
  std::string text(resource);
  text.append(" \"").append(NameOf(write.after)).append("\" is forbidden: user \"");
  text.append(write.identity.user).append("\" (groups=").append(ListOf(write.identity.groups));
  text.append(") ").append(why);
  StatusDetails details;
  details.name = NameOf(write.after);
  details.group = kRbacGroup;
  details.kind = resource.substr(0, resource.find('.'));
  return Forbidden(std::move(text)).WithDetails(std::move(details));
}

Status CheckHolds(const RoleWrite& write, std::string_view resource, const PolicyRules& given) {
  const PolicyRules missing =
      NotCovered(write.authorizer.RulesOf(write.identity, NamespaceOf(write.after)), given);
  if (missing.empty()) return Status::Ok();
  std::string why = "is attempting to grant RBAC permissions not currently held:";
  for (const PolicyRule& rule : missing) why.append("\n").append(ToString(rule));
  return NotHeld(write, resource, why);
}

// A role whose rules come from others by their labels can be given anything later on.
Status CheckMayAggregate(const RoleWrite& write, std::string_view resource) {
  const PolicyRules everything = {{{"*"}, {"*"}, {"*"}, {}, {}}, {{"*"}, {}, {}, {}, {"*"}}};
  if (NotCovered(write.authorizer.RulesOf(write.identity, ""), everything).empty())
    return Status::Ok();
  return NotHeld(write, resource, "must have cluster-admin privileges to use an aggregationRule");
}

Status CheckRole(const RoleWrite& write, std::string_view resource) {
  if (ChangesBookkeepingAlone(write)) return Status::Ok();
  if (write.MayDo("escalate", resource.substr(0, resource.find('.')), NameOf(write.after)))
    return Status::Ok();
  NOIZY_RETURN_IF_ERROR(CheckHolds(write, resource, RulesOf(write.after)));
  return Aggregates(write.before) || Aggregates(&write.after) ? CheckMayAggregate(write, resource)
                                                              : Status::Ok();
}

Status CheckBinding(const RoleWrite& write, std::string_view resource) {
  if (ChangesBookkeepingAlone(write)) return Status::Ok();
  const std::string_view name = StringAt(write.after, {"roleRef", "name"});
  const bool cluster_role = StringAt(write.after, {"roleRef", "kind"}) == "ClusterRole";
  if (write.MayDo("bind", cluster_role ? "clusterroles" : "roles", name)) return Status::Ok();
  const PolicyRulesPtr rules =
      write.authorizer.FindRole(cluster_role ? "" : NamespaceOf(write.after), name);
  if (rules == nullptr) return NotFound(cluster_role ? kClusterRoles : kRoles, name);
  return CheckHolds(write, resource, *rules);
}

}  // namespace

Status CheckRoleWrite(Authorizer& authorizer, const Identity& identity, const Value* before,
                      const Value& after) {
  if (identity.InGroup(kMastersGroup)) return Status::Ok();
  const RoleWrite write{authorizer, identity, before, after};
  const std::string_view kind = StringAt(after, {"kind"});
  if (kind == "Role") return CheckRole(write, kRoles);
  if (kind == "ClusterRole") return CheckRole(write, kClusterRoles);
  if (kind == "RoleBinding") return CheckBinding(write, kRoleBindings);
  if (kind == "ClusterRoleBinding") return CheckBinding(write, kClusterRoleBindings);
  return Status::Ok();
}

}  // namespace noizy::apiserver
