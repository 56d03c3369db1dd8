#include "apiserver/resources/body.h"
#include "apiserver/resources/prepare.h"
#include "apiserver/resources/query.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

// Replacing without a resourceVersion could undo somebody else's write unseen. Kubernetes allows it
// for most of its own kinds only.
bool MayBeUnguarded(std::string_view group) {
  return group.empty() || group == "rbac.authorization.k8s.io" ||
         group == "certificates.k8s.io" || group == "events.k8s.io";
}

Status CheckGuarded(const RequestContext& context, const Value& object) {
  const GroupVersionKind& gvk = context.kind->gvk;
  const bool guarded = !StringAt(object, {"metadata", "resourceVersion"}).empty();
  if (guarded || MayBeUnguarded(gvk.group)) return Status::Ok();
  return Invalid(gvk.kind, gvk.group, context.target.name,
                 {{"FieldValueInvalid", "Invalid value: 0x0: must be specified for an update",
                   "metadata.resourceVersion"}});
}

}  // namespace

void HandleUpdate(const VerbContext& verbs, const RequestPtr& request) {
  Result<WritePolicy> policy = ReadWritePolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<Value> object = ReadObject(*request, *policy);
  if (!object.ok()) return ReplyStatus(*request, object.status());
  const Status guarded = CheckGuarded(*request, *object);
  if (request->target.subresource.empty() && IsCreatedByUpdate(*request->kind)) {
    return verbs.writer.ReplaceOrCreate(request->kind, KeyOf(*request), *std::move(object), guarded,
                                        *policy, ReplyWhenWritten(verbs, request, 200));
  }
  if (!guarded.ok()) return ReplyStatus(*request, guarded);
  verbs.writer.Replace(request->kind, KeyOf(*request), SubresourceOf(*request), *std::move(object),
                       *policy, ReplyWhenWritten(verbs, request, 200));
}

}  // namespace noizy::apiserver
