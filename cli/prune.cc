#include "cli/prune.h"

#include "cli/table_source.h"
#include "cli/three_way_merge.h"
#include "machinery/meta/meta.h"

namespace noizy::cli {
namespace {

/// "core/v1/ConfigMap", "noizy.dev/v1/Task".
Result<ServedKind> AllowedKind(const ServedKinds& discovery, const std::string& text) {
  const std::size_t first = text.find('/');
  const std::size_t last = text.rfind('/');
  if (first == std::string::npos || first == last)
    return WrongUsage("flag --prune-allowlist wants GROUP/VERSION/KIND, not \"" + text + "\"");
  const bool core = text.substr(0, first) == "core" || first == 0;
  const std::string api_version =
      core ? text.substr(first + 1, last - first - 1) : text.substr(0, last);
  const ServedKind* kind = discovery.FindByKind(api_version, text.substr(last + 1));
  if (kind == nullptr)
    return Status(StatusReason::kNotFound, "the server has no kind \"" + text +
                                               "\" to prune (noizy api-resources lists them)");
  return *kind;
}

Result<std::vector<ServedKind>> AllowedKinds(Invocation& invocation, Session& session) {
  static const std::vector<std::string> kDeclared = {
      "core/v1/ConfigMap", "core/v1/Secret", "noizy.dev/v1/Task", "noizy.dev/v1/Certificate",
      "noizy.dev/v1/RoutingPolicy"};
  const bool given = invocation.flags().Has("prune-allowlist");
  NOIZY_ASSIGN_OR_RETURN(const ServedKinds* const discovery, session.discovery());
  std::vector<ServedKind> kinds;
  for (const std::string& text : given ? invocation.flags().List("prune-allowlist") : kDeclared) {
    Result<ServedKind> kind = AllowedKind(*discovery, text);
    if (kind.ok()) {
      kinds.push_back(*std::move(kind));
    } else if (given) {
      return kind.status();
    }
  }
  return kinds;
}

bool IsLeftOver(const Value& object, const Applied& applied) {
  return !AnnotationOf(object, kLastAppliedAnnotation).empty() &&
         StringAt(object, {"metadata", "deletionTimestamp"}).empty() &&
         !applied.uids.contains(std::string(StringAt(object, {"metadata", "uid"})));
}

Status PruneKind(Invocation& invocation, Session& session, const Writing& writing,
                 const Target& kind, const Applied& applied) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<Value> objects,
                         FetchObjects(session, kind, QueryOf(invocation.flags())));
  for (const Value& object : objects) {
    if (!IsLeftOver(object, applied)) continue;
    const Target target{kind.kind, kind.ns, std::string(NameOf(object))};
    if (writing.dry_run != DryRun::kClient) {
      const Result<Value> deleted =
          session.client().Delete(target.kind.resource, target.Key(),
                                  {.uid = std::string(StringAt(object, {"metadata", "uid"})),
                                   .propagation_policy = "Background",
                                   .dry_run = writing.options.dry_run});
      if (!deleted.ok()) return deleted.status();
    }
    writing.Tell(invocation, target.kind, object, "pruned");
  }
  return Status::Ok();
}

}  // namespace

Status Prune(Invocation& invocation, const Writing& writing, const Applied& applied) {
  NOIZY_ASSIGN_OR_RETURN(Session* const session, invocation.session());
  NOIZY_ASSIGN_OR_RETURN(const std::vector<ServedKind> kinds, AllowedKinds(invocation, *session));
  for (const ServedKind& kind : kinds) {
    if (!kind.resource.namespaced) {
      if (!session->ns_given())
        NOIZY_RETURN_IF_ERROR(PruneKind(invocation, *session, writing, {kind, "", ""}, applied));
      continue;
    }
    for (const std::string& ns : applied.namespaces)
      NOIZY_RETURN_IF_ERROR(PruneKind(invocation, *session, writing, {kind, ns, ""}, applied));
  }
  return Status::Ok();
}

}  // namespace noizy::cli
