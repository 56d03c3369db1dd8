#include "apiserver/filters/authorize.h"

#include "apiserver/authorization/node_rule.h"
#include "apiserver/authorization/role_guard.h"
#include "apiserver/filters/authenticate.h"

namespace noizy::apiserver {

Status Authorize(Authorizer& authorizer, const RequestContext& context) {
  const bool read = context.target.verb == "get" || context.target.verb == "head";
  if (!context.target.is_resource && read && IsPublicPath(context.request().path))
    return Status::Ok();
  return CheckAccess(authorizer, context.identity, context.access());
}

namespace {

// What is special about writing this kind, or about being a node.
WriteCheck CheckOfContent(Authorizer& authorizer, const ServerNames& server,
                          const RequestContext& context) {
  if (context.target.group == kRbacGroup) {
    return [&authorizer, identity = context.identity](const Value* before, const Value& after) {
      return CheckRoleWrite(authorizer, identity, before, after);
    };
  }
  const std::string node(NodeNameOf(context.identity));
  if (context.target.group == "noizy.dev" && context.target.plural == "certificates") {
    return [&authorizer, &server, node, identity = context.identity](const Value* before,
                                                                     const Value& after) {
      if (!node.empty()) NOIZY_RETURN_IF_ERROR(CheckNodeWrite(node, before, after));
      return CheckCertificateWrite(authorizer, server, identity, before, after);
    };
  }
  if (node.empty()) return nullptr;
  return [node](const Value* before, const Value& after) {
    return CheckNodeWrite(node, before, after);
  };
}

Status CheckCreation(Authorizer& authorizer, const Identity& identity,
                     const RequestTarget& target) {
  return CheckAccess(authorizer, identity,
                     {.verb = "create",
                      .group = target.group,
                      .resource = target.plural,
                      .ns = target.ns,
                      .name = target.name});
}

}  // namespace

WriteCheck MakeWriteCheck(Authorizer& authorizer, const ServerNames& server,
                          const RequestContext& context) {
  const std::string& verb = context.target.verb;
  if (verb == "get" || verb == "list" || verb == "watch") return nullptr;
  WriteCheck check = CheckOfContent(authorizer, server, context);
  if (verb != "update" && verb != "patch") return check;
  // A PUT or an apply creates where nothing is there.
  return [&authorizer, check = std::move(check), identity = context.identity,
          target = context.target](const Value* before, const Value& after) {
    if (before == nullptr) NOIZY_RETURN_IF_ERROR(CheckCreation(authorizer, identity, target));
    return check ? check(before, after) : Status::Ok();
  };
}

}  // namespace noizy::apiserver
