#include "machinery/patch/patch.h"

#include "apiserver/resources/body.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"

namespace noizy::apiserver {
namespace {

using PatchFunction = Status (*)(Value& object, const Value& patch);

Status Merge(Value& object, const Value& patch) {
  if (!patch.is_object()) return BadRequest("a merge patch of an object must be an object");
  ApplyMergePatch(object, patch);
  return Status::Ok();
}

// The patch types by media type. PATCH is refused with 415 for others, and the OpenAPI document
// lists just these.
Result<PatchFunction> FunctionOf(std::string_view media_type) {
  if (media_type == "application/json-patch+json") return &ApplyJsonPatch;
  if (media_type == "application/merge-patch+json") return &Merge;
  return Status(StatusReason::kUnsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json-patch+json, application/merge-patch+json");
}

}  // namespace

void HandlePatch(const VerbContext& verbs, const RequestPtr& request) {
  const Result<PatchFunction> apply =
      FunctionOf(MediaType(FindHeader(request->request().headers, "Content-Type")));
  if (!apply.ok()) return ReplyStatus(*request, apply.status());
  Result<WritePolicy> policy = ReadWritePolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<Value> patch = ParseBody(*request, &policy->duplicates);
  if (!patch.ok()) return ReplyStatus(*request, patch.status());
  auto change = [apply = *apply, patch = *std::move(patch)](Value& object) -> Result<bool> {
    NOIZY_RETURN_IF_ERROR(apply(object, patch));
    return true;
  };
  verbs.writer.Update(request->kind, request->key(), SubresourceOf(*request), std::move(change),
                      *policy, ReplyWhenWritten(verbs, request, 200));
}

}  // namespace noizy::apiserver
