#include "apiserver/filters/authorize.h"

#include "apiserver/authorization/node_rule.h"
#include "apiserver/authorization/role_guard.h"
#include "apiserver/filters/authenticate.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/prepare.h"

namespace noizy::apiserver {

Status Authorize(Authorizer& authorizer, const RequestContext& context) {
  const bool read = context.target.verb == "get" || context.target.verb == "head";
  if (!context.target.is_resource && read && IsPublicPath(context.request().path))
    return Status::Ok();
  const Access access = context.access();
  return authorizer.Allows(context.identity, access) ? Status::Ok()
                                                     : Denial(context.identity, access);
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

// Whether what is no creation by its verb may become one.
bool MayCreate(const RequestContext& context) {
  if (context.kind == nullptr || !context.target.subresource.empty()) return false;
  if (context.target.verb == "update") return IsCreatedByUpdate(*context.kind);
  return context.target.verb == "patch" &&
         MediaType(FindHeader(context.request().headers, "Content-Type")) ==
             "application/apply-patch+yaml";
}

Status CheckCreation(Authorizer& authorizer, const Identity& identity,
                     const RequestTarget& target) {
  const Access access{.verb = "create",
                      .group = target.group,
                      .resource = target.plural,
                      .ns = target.ns,
                      .name = target.name};
  return authorizer.Allows(identity, access) ? Status::Ok() : Denial(identity, access);
}

}  // namespace

WriteCheck MakeWriteCheck(Authorizer& authorizer, const ServerNames& server,
                          const RequestContext& context) {
  const std::string& verb = context.target.verb;
  if (verb == "get" || verb == "list" || verb == "watch") return nullptr;
  WriteCheck check = CheckOfContent(authorizer, server, context);
  if (!MayCreate(context)) return check;
  return [&authorizer, check = std::move(check), identity = context.identity,
          target = context.target](const Value* before, const Value& after) {
    if (before == nullptr) NOIZY_RETURN_IF_ERROR(CheckCreation(authorizer, identity, target));
    return check ? check(before, after) : Status::Ok();
  };
}

}  // namespace noizy::apiserver
