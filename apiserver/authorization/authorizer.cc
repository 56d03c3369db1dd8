#include "apiserver/authorization/authorizer.h"

#include "apiserver/authorization/node_rule.h"

namespace noizy::apiserver {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  return out.append(text).append("\"");
}

std::string Cannot(const Identity& identity, const Access& access) {
  std::string text = "User " + Quoted(identity.user) + " cannot ";
  text.append(access.verb);
  if (!access.is_resource) return text.append(" path ").append(Quoted(access.path));
  text.append(" resource ").append(Quoted(access.FullResource()));
  text.append(" in API group ").append(Quoted(access.group));
  if (access.ns.empty()) return text.append(" at the cluster scope");
  return text.append(" in the namespace ").append(Quoted(access.ns));
}

}  // namespace

bool Authorizer::AnyGrant(const Identity& identity, std::string_view ns, const Visit& visit) {
  const std::shared_ptr<const RoleTable> table = roles_.Current();
  const auto any = [&](const RoleTable::Grants* grants) {
    if (grants == nullptr) return false;
    return std::ranges::any_of(*grants, [&](const RoleGrant& grant) {
      return (grant.ns.empty() || grant.ns == ns) && visit(grant);
    });
  };
  return any(table->ForUser(identity.user)) ||
         std::ranges::any_of(identity.groups,
                             [&](const std::string& group) { return any(table->ForGroup(group)); });
}

bool Authorizer::AllowedByRole(const Identity& identity, const Access& access,
                               std::string* source) {
  return AnyGrant(identity, access.is_resource ? access.ns : "", [&](const RoleGrant& grant) {
    if (!apiserver::Allows(*grant.rules, access)) return false;
    if (source != nullptr) *source = grant.source;
    return true;
  });
}

bool Authorizer::Allows(const Identity& identity, const Access& access) {
  if (identity.InGroup(kMastersGroup)) return true;
  const std::string_view node = NodeNameOf(identity);
  if (!node.empty() && NodeMay(node, access, store_)) return true;
  return AllowedByRole(identity, access, nullptr);
}

Decision Authorizer::Decide(const Identity& identity, const Access& access) {
  if (identity.InGroup(kMastersGroup)) return {true, ""};
  const std::string_view node = NodeNameOf(identity);
  if (!node.empty() && NodeMay(node, access, store_)) return {true, "it is the node's own"};
  std::string source;
  if (!AllowedByRole(identity, access, &source)) return {};
  return {true, "RBAC: allowed by " + source};
}

PolicyRules Authorizer::RulesOf(const Identity& identity, std::string_view ns) {
  PolicyRules rules;
  AnyGrant(identity, ns, [&](const RoleGrant& grant) {
    rules.insert(rules.end(), grant.rules->begin(), grant.rules->end());
    return false;
  });
  return rules;
}

PolicyRulesPtr Authorizer::FindRole(std::string_view ns, std::string_view name) {
  return roles_.Current()->FindRole(ns, name);
}

Status CheckAccess(Authorizer& authorizer, const Identity& identity, const Access& access) {
  return authorizer.Allows(identity, access) ? Status::Ok() : Denial(identity, access);
}

Status Denial(const Identity& identity, const Access& access) {
  StatusDetails details;
  details.name = access.name;
  details.group = access.group;
  details.kind = access.resource;
  std::string text;
  if (access.is_resource) {
    text.append(access.resource);
    if (!access.group.empty()) text.append(".").append(access.group);
    if (!access.name.empty()) text.append(" ").append(Quoted(access.name));
    text.append(" is ");
  }
  text.append("forbidden: ").append(Cannot(identity, access));
  return Forbidden(std::move(text)).WithDetails(std::move(details));
}

}  // namespace noizy::apiserver
