#include "apiserver/resources/body.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/prepare.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "apiserver/resources/verbs.h"
#include "machinery/meta/meta.h"

namespace noizy::apiserver {
namespace {

Status CheckType(const Kind& kind, const Value& object) {
  const std::string_view api_version = StringAt(object, {"apiVersion"});
  const std::string_view name = StringAt(object, {"kind"});
  const bool may_be_left_out = IsTypedByClients(kind);
  if (name.empty() && !may_be_left_out) {
    return BadRequest("Object 'Kind' is missing in the body: say kind: " + kind.gvk.kind +
                      " and apiVersion: " + kind.gvk.ApiVersion());
  }
  if (api_version != kind.gvk.ApiVersion() && !(api_version.empty() && may_be_left_out)) {
    return BadRequest("the API version in the data (" + std::string(api_version) +
                      ") does not match the expected API version (" + kind.gvk.ApiVersion() + ")");
  }
  if (name.empty() || name == kind.gvk.kind) return Status::Ok();
  if (may_be_left_out) {
    return BadRequest(std::string(name) + " in version \"" + kind.gvk.version +
                      "\" cannot be handled as a " + kind.gvk.kind);
  }
  return Invalid(
      kind.gvk.kind, kind.gvk.group, NameOf(object),
      {{"FieldValueInvalid",
        "Invalid value: \"" + std::string(name) + "\": must be " + kind.gvk.kind, "kind"}});
}

// The object's apiVersion, kind and namespace must be the path's.
Status CheckPlace(const RequestContext& context, Value& object) {
  const Kind& kind = *context.kind;
  if (!object.is_object())
    return BadRequest("the body must be one object of kind " + kind.gvk.kind);
  if (const Value* metadata = Find(object, {"metadata"});
      metadata != nullptr && !metadata->is_object() && !metadata->is_null())
    return BadRequest("json: cannot unmarshal: metadata must be an object");
  NOIZY_RETURN_IF_ERROR(CheckType(kind, object));
  Set(object, {"apiVersion"}, Value(kind.gvk.ApiVersion()));
  Set(object, {"kind"}, Value(kind.gvk.kind));
  if (!kind.namespaced()) {
    Remove(object, {"metadata", "namespace"});
    return Status::Ok();
  }
  const std::string_view ns = NamespaceOf(object);
  if (!ns.empty() && ns != context.target.ns) {
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  Set(object, {"metadata", "namespace"}, Value(context.target.ns));
  return Status::Ok();
}

}  // namespace

Result<Value> ReadObject(const RequestContext& context, WritePolicy& policy) {
  const bool look_for_duplicates = policy.validation != FieldValidation::kIgnore;
  NOIZY_ASSIGN_OR_RETURN(Value object,
                         ParseBody(context, look_for_duplicates ? &policy.duplicates : nullptr));
  NOIZY_RETURN_IF_ERROR(CheckPlace(context, object));
  NOIZY_RETURN_IF_ERROR(CheckMetadata(*context.kind, object, policy));
  return object;
}

WriteDone ReplyWhenWritten(const VerbContext& verbs, const RequestPtr& request, int code) {
  return [&clock = verbs.clock, request, code](Result<WriteOutcome> outcome) {
    if (!outcome.ok()) return ReplyStatus(*request, outcome.status());
    ReplyObject(*request, outcome->created ? 201 : code, outcome->object, clock.Now(),
                outcome->warnings);
  };
}

void HandleCreate(const VerbContext& verbs, const RequestPtr& request) {
  Result<WritePolicy> policy = ReadWritePolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<Value> object = ReadObject(*request, *policy);
  if (!object.ok()) return ReplyStatus(*request, object.status());
  if (request->kind->terminating) {
    return ReplyStatus(*request, Status(StatusReason::kMethodNotAllowed,
                                        "create not allowed while custom resource definition is "
                                        "terminating"));
  }
  if (!StringAt(*object, {"metadata", "resourceVersion"}).empty()) {
    return ReplyStatus(*request,
                       BadRequest("resourceVersion should not be set on objects to be created"));
  }
  verbs.writer.Create(request->kind, *std::move(object), *policy,
                      ReplyWhenWritten(verbs, request, 201));
}

}  // namespace noizy::apiserver
