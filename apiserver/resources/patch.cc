#include "machinery/patch/patch.h"

#include "apiserver/resources/body.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"
#include "machinery/patch/strategic_merge.h"

namespace noizy::apiserver {
namespace {

using PatchFunction = Status (*)(const Kind& kind, Value& object, const Value& patch);

Status JsonPatch(const Kind& /*kind*/, Value& object, const Value& patch) {
  return ApplyJsonPatch(object, patch);
}

Status Merge(const Kind& /*kind*/, Value& object, const Value& patch) {
  if (!patch.is_object()) return BadRequest("a merge patch of an object must be an object");
  ApplyMergePatch(object, patch);
  return Status::Ok();
}

Status StrategicMerge(const Kind& kind, Value& object, const Value& patch) {
  return ApplyStrategicMergePatch(*kind.schema, object, patch);
}

// The patch types by media type. PATCH is refused with 415 for others, and the OpenAPI document
// lists just these.
Result<PatchFunction> FunctionOf(const Kind& kind, std::string_view media_type) {
  if (media_type == "application/json-patch+json") return &JsonPatch;
  if (media_type == "application/merge-patch+json") return &Merge;
  const bool strategic = kind.TakesStrategicMerge();
  if (strategic && media_type == "application/strategic-merge-patch+json") return &StrategicMerge;
  std::string message =
      "the body of the request was in an unknown format - accepted media types include: "
      "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
  if (strategic) message += ", application/strategic-merge-patch+json";
  return Status(StatusReason::kUnsupportedMediaType, std::move(message));
}

// Only an apply takes over fields.
std::vector<StatusCause> CheckForce(const RequestContext& context) {
  if (context.Parameter("force").empty()) return {};
  return {{"FieldValueForbidden", "Forbidden: may not be specified for non-apply patch", "force"}};
}

}  // namespace

void HandlePatch(const VerbContext& verbs, const RequestPtr& request) {
  const std::string type = MediaType(FindHeader(request->request().headers, "Content-Type"));
  if (type == "application/apply-patch+yaml") return HandleApply(verbs, request);
  const Result<PatchFunction> apply = FunctionOf(*request->kind, type);
  if (!apply.ok()) return ReplyStatus(*request, apply.status());
  Result<WritePolicy> policy = ReadWritePolicy(*request, CheckForce(*request));
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  policy->patched = true;
  Result<Value> patch = ParseBody(*request, &policy->duplicates);
  if (!patch.ok()) return ReplyStatus(*request, patch.status());
  auto change = [apply = *apply, kind = request->kind,
                 patch = *std::move(patch)](Value& object) -> Result<bool> {
    NOIZY_RETURN_IF_ERROR(apply(*kind, object, patch));
    return true;
  };
  verbs.writer.Update(request->kind, KeyOf(*request), SubresourceOf(*request), std::move(change),
                      *policy, ReplyWhenWritten(verbs, request, 200));
}

}  // namespace noizy::apiserver
