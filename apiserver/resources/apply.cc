// Server-side apply: PATCH with application/apply-patch+yaml.
#include "machinery/patch/apply.h"

#include "apiserver/resources/body.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/prepare.h"
#include "apiserver/resources/query.h"
#include "machinery/meta/meta.h"
#include "machinery/patch/typed_fields.h"

namespace noizy::apiserver {
namespace {

// A configuration is sparse, but says what it is; it must not say who owns what.
Status CheckConfiguration(const RequestContext& context, const Value& object) {
  const GroupVersionKind& gvk = context.kind->gvk;
  if (!object.is_object()) return BadRequest("the apply patch must be one object");
  const std::string_view api_version = StringAt(object, {"apiVersion"});
  if (api_version != gvk.ApiVersion()) {
    return BadRequest("Incorrect version specified in apply patch. Specified patch version: " +
                      std::string(api_version) + ", expected: " + gvk.ApiVersion());
  }
  if (StringAt(object, {"kind"}) != gvk.kind) {
    return BadRequest("the kind of the apply patch must be " + gvk.kind + ", not \"" +
                      std::string(StringAt(object, {"kind"})) + "\"");
  }
  const Value* entries = Find(object, {"metadata", "managedFields"});
  if (entries != nullptr && !entries->is_null())
    return BadRequest("metadata.managedFields must be nil");
  if (!NameOf(object).empty() && NameOf(object) != context.target.name) {
    return BadRequest("the name of the object (" + std::string(NameOf(object)) +
                      ") does not match the name on the URL (" + context.target.name + ")");
  }
  if (!NamespaceOf(object).empty() && NamespaceOf(object) != context.target.ns) {
    return BadRequest("the namespace of the object (" + std::string(NamespaceOf(object)) +
                      ") does not match the namespace on the URL (" + context.target.ns + ")");
  }
  return Status::Ok();
}

Status CheckItems(const RequestContext& context, const Value& object) {
  const std::vector<std::string> duplicates = DuplicateItems(*context.kind->schema, object);
  if (duplicates.empty()) return Status::Ok();
  const GroupVersionKind& gvk = context.kind->gvk;
  std::string message = "failed to create typed patch object (" + context.target.ns + "/" +
                        context.target.name + "; " + gvk.ApiVersion() + ", Kind=" + gvk.kind + "):";
  for (const std::string& duplicate : duplicates) message.append(" ").append(duplicate);
  return BadRequest(std::move(message));
}

Result<Configuration> ReadConfiguration(const RequestContext& context, WritePolicy& policy) {
  Configuration configuration;
  Value& object = configuration.object;
  const bool look_for_duplicates = policy.validation != FieldValidation::kIgnore;
  NOIZY_ASSIGN_OR_RETURN(object,
                         ParseBody(context, look_for_duplicates ? &policy.duplicates : nullptr));
  NOIZY_RETURN_IF_ERROR(CheckConfiguration(context, object));
  Set(object, {"metadata", "name"}, Value(context.target.name));
  if (context.kind->namespaced()) Set(object, {"metadata", "namespace"}, Value(context.target.ns));
  NOIZY_RETURN_IF_ERROR(CheckMetadata(*context.kind, object, policy));
  NOIZY_RETURN_IF_ERROR(PruneObject(*context.kind, object, policy, configuration.warnings));
  // What was unknown is reported; the object it goes into holds nothing unknown.
  policy.duplicates.clear();
  policy.patched = true;
  NOIZY_RETURN_IF_ERROR(CheckItems(context, object));
  configuration.on_conflict = OnConflictOf(context);
  return configuration;
}

}  // namespace

Result<WritePolicy> ReadApplyPolicy(const RequestContext& context) {
  std::vector<StatusCause> causes;
  if (context.Parameter("fieldManager").empty()) {
    causes.push_back(
        {"FieldValueRequired", "Required value: is required for apply patch", "fieldManager"});
  }
  return ReadWritePolicy(context, std::move(causes));
}

OnConflict OnConflictOf(const RequestContext& context) {
  return context.Flag("force") ? OnConflict::kTakeOver : OnConflict::kRefuse;
}

void HandleApply(const VerbContext& verbs, const RequestPtr& request) {
  Result<WritePolicy> policy = ReadApplyPolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<Configuration> configuration = ReadConfiguration(*request, *policy);
  if (!configuration.ok()) return ReplyStatus(*request, configuration.status());
  verbs.writer.Apply(request->kind, KeyOf(*request), SubresourceOf(*request),
                     *std::move(configuration), *policy, ReplyWhenWritten(verbs, request, 200));
}

}  // namespace noizy::apiserver
