// The scale subresource: how many replicas an object asks for, in a form that is the same for every
// kind (autoscaling/v1 Scale), so that a client can scale what it does not know.
#include <limits>

#include "apiserver/resources/body.h"
#include "apiserver/resources/encode.h"
#include "apiserver/resources/negotiate.h"
#include "apiserver/resources/query.h"
#include "apiserver/resources/render.h"
#include "machinery/meta/meta.h"
#include "machinery/patch/patch.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

constexpr std::string_view kScaleVersion = "autoscaling/v1";

// The member names of a definition's path: ".spec.replicas".
std::vector<std::string_view> NamesOf(std::string_view path) {
  std::vector<std::string_view> names;
  while (path.starts_with('.')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('.'), path.size());
    names.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return names;
}

const Value* At(const Value& object, std::string_view path) {
  const Value* at = &object;
  for (const std::string_view name : NamesOf(path)) {
    at = Find(*at, {name});
    if (at == nullptr) return nullptr;
  }
  return at == &object ? nullptr : at;
}

void SetAt(Value& object, std::string_view path, Value value) {
  Value* at = &object;
  for (const std::string_view name : NamesOf(path)) at = &Ensure(*at, {name});
  *at = std::move(value);
}

std::int64_t CountAt(const Value& object, std::string_view path) {
  const Value* count = At(object, path);
  return count == nullptr ? 0 : IntAt(*count, {}).value_or(0);
}

Value ScaleOf(const Kind& kind, const Value& object) {
  Value scale = Object{{"kind", "Scale"}, {"apiVersion", kScaleVersion}};
  for (const std::string_view member :
       {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    if (const Value* value = Find(object, {"metadata", member}))
      Set(scale, {"metadata", member}, *value);
  }
  Set(scale, {"spec"}, Object());
  // A count of zero is left out of spec, and not out of status, as Kubernetes' type has it.
  if (const std::int64_t count = CountAt(object, kind.scale_spec_path); count != 0)
    Set(scale, {"spec", "replicas"}, count);
  Set(scale, {"status", "replicas"}, CountAt(object, kind.scale_status_path));
  const Value* selector = At(object, kind.scale_selector_path);
  if (selector != nullptr && selector->is_string()) Set(scale, {"status", "selector"}, *selector);
  return scale;
}

Status CheckScale(const StoreKey& key, const Value& scale) {
  if (!scale.is_object()) return BadRequest("the body must be one object of kind Scale");
  const std::string_view kind = StringAt(scale, {"kind"});
  const std::string_view version = StringAt(scale, {"apiVersion"});
  if ((!kind.empty() && kind != "Scale") || (!version.empty() && version != kScaleVersion))
    return BadRequest("the body must be an autoscaling/v1 Scale");
  if (!NameOf(scale).empty() && NameOf(scale) != key.name) {
    return BadRequest("the name of the object (" + std::string(NameOf(scale)) +
                      ") does not match the name on the URL (" + key.name + ")");
  }
  if (!NamespaceOf(scale).empty() && NamespaceOf(scale) != key.ns) {
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  const Value* count = Find(scale, {"spec", "replicas"});
  if (count == nullptr || count->is_null()) return Status::Ok();
  const std::optional<std::int64_t> number = IntAt(*count, {});
  if (!number || *number > std::numeric_limits<std::int32_t>::max())
    return BadRequest("spec.replicas must be a 32-bit integer, not " + ToJson(*count));
  if (*number >= 0) return Status::Ok();
  return Invalid("Scale", "autoscaling", key.name,
                 {{"FieldValueInvalid",
                   "Invalid value: " + ToJson(*count) + ": must be greater than or equal to 0",
                   "spec.replicas"}});
}

void TakeGuards(const Value& scale, Value& object) {
  for (const std::string_view guard : {"uid", "resourceVersion"}) {
    const std::string_view text = StringAt(scale, {"metadata", guard});
    if (!text.empty()) Set(object, {"metadata", guard}, Value(text));
  }
}

// Puts what `scale` asks for into the object it is about, whose guards it carries.
Status TakeScale(const Kind& kind, const StoreKey& key, const Value& scale, Value& object) {
  NOIZY_RETURN_IF_ERROR(CheckScale(key, scale));
  TakeGuards(scale, object);
  SetAt(object, kind.scale_spec_path, IntAt(scale, {"spec", "replicas"}).value_or(0));
  return Status::Ok();
}

using ScalePatch = Status (*)(Value& scale, const Value& patch);

// A Scale has no lists, so a strategic merge patch of one is a merge patch.
Result<ScalePatch> PatchOf(std::string_view media_type) {
  if (media_type == "application/json-patch+json") return &ApplyJsonPatch;
  if (media_type == "application/merge-patch+json" ||
      media_type == "application/strategic-merge-patch+json") {
    return ScalePatch([](Value& scale, const Value& patch) {
      ApplyMergePatch(scale, patch);
      return Status::Ok();
    });
  }
  return Status(StatusReason::kUnsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json-patch+json, application/merge-patch+json, "
                "application/apply-patch+yaml, application/strategic-merge-patch+json");
}

Result<ChangeFunction> ChangeOf(const RequestContext& context) {
  ScalePatch patch = nullptr;
  if (context.target.verb == "patch") {
    NOIZY_ASSIGN_OR_RETURN(
        patch, PatchOf(MediaType(FindHeader(context.request().headers, "Content-Type"))));
  }
  NOIZY_ASSIGN_OR_RETURN(Value body, ParseBody(context, nullptr));
  return ChangeFunction([kind = context.kind, key = KeyOf(context), patch,
                         body = std::move(body)](Value& object) -> Result<bool> {
    Value scale = patch == nullptr ? body : ScaleOf(*kind, object);
    if (patch != nullptr) NOIZY_RETURN_IF_ERROR(patch(scale, body));
    NOIZY_RETURN_IF_ERROR(TakeScale(*kind, key, scale, object));
    return true;
  });
}

// With the columns that `kubectl get --subresource=scale` shows.
const Kind& ScaleKind() {
  static const Kind kKind = [] {
    Kind kind;
    kind.gvk = {"autoscaling", "v1", "Scale"};
    kind.columns = {{"Desired", "integer", "", "Number of desired replicas", ".spec.replicas"},
                    {"Available", "integer", "", "Number of actual replicas", ".status.replicas"},
                    {"Age", "date", "", "Time since creation", ".metadata.creationTimestamp"}};
    return kind;
  }();
  return kKind;
}

void ReplyScale(const RequestContext& context, const StoredObject& stored, WallTime now) {
  const Result<Value> object = DecodeObject(stored);
  if (!object.ok()) return ReplyStatus(context, object.status());
  const std::string& path = context.kind->scale_spec_path;
  if (At(*object, path) == nullptr)
    return ReplyStatus(context,
                       Internal("the spec replicas field \"" + path + "\" does not exist"));
  auto scale = std::make_shared<StoredObject>();
  scale->revision = stored.revision;
  scale->bytes = ToJson(ScaleOf(*context.kind, *object));
  const Result<ReplyFormat> format = NegotiateReply(context);
  if (!format.ok()) return ReplyStatus(context, format.status());
  Result<std::vector<SharedBytes>> body = RenderObject(ScaleKind(), scale, *format, now);
  if (!body.ok()) return ReplyStatus(context, body.status());
  HttpReply reply{200, {{"Content-Type", std::string(ContentTypeOf(*format))}}, *std::move(body)};
  MakePretty(context, reply);
  context.exchange->Reply(std::move(reply));
}

WriteDone ReplyWhenScaled(const VerbContext& verbs, const RequestPtr& request) {
  return [&clock = verbs.clock, request](const Result<WriteOutcome>& outcome) {
    if (!outcome.ok()) return ReplyStatus(*request, outcome.status());
    ReplyScale(*request, *outcome->object, clock.Now());
  };
}

// A Scale to apply, as a configuration of the object it is about: the count is all that it can own.
Result<Configuration> ConfigurationOf(const RequestContext& context) {
  NOIZY_ASSIGN_OR_RETURN(const Value scale, ParseBody(context, nullptr));
  NOIZY_RETURN_IF_ERROR(CheckScale(KeyOf(context), scale));
  if (StringAt(scale, {"kind"}).empty() || StringAt(scale, {"apiVersion"}).empty())
    return BadRequest("the apply patch must say kind: Scale and apiVersion: autoscaling/v1");
  const Kind& kind = *context.kind;
  Configuration configuration{Object(), OnConflictOf(context), {}};
  Value& object = configuration.object;
  Set(object, {"apiVersion"}, Value(kind.gvk.ApiVersion()));
  Set(object, {"kind"}, Value(kind.gvk.kind));
  Set(object, {"metadata", "name"}, Value(context.target.name));
  if (kind.namespaced()) Set(object, {"metadata", "namespace"}, Value(context.target.ns));
  TakeGuards(scale, object);
  if (const auto count = IntAt(scale, {"spec", "replicas"}))
    SetAt(object, kind.scale_spec_path, *count);
  return configuration;
}

void ApplyScale(const VerbContext& verbs, const RequestPtr& request) {
  Result<WritePolicy> policy = ReadApplyPolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<Configuration> configuration = ConfigurationOf(*request);
  if (!configuration.ok()) return ReplyStatus(*request, configuration.status());
  verbs.writer.Apply(request->kind, KeyOf(*request), Subresource::kScale, *std::move(configuration),
                     *policy, ReplyWhenScaled(verbs, request));
}

bool IsApply(const RequestContext& context) {
  return context.target.verb == "patch" &&
         MediaType(FindHeader(context.request().headers, "Content-Type")) ==
             "application/apply-patch+yaml";
}

void WriteScale(const VerbContext& verbs, const RequestPtr& request) {
  if (IsApply(*request)) return ApplyScale(verbs, request);
  Result<WritePolicy> policy = ReadWritePolicy(*request);
  if (!policy.ok()) return ReplyStatus(*request, policy.status());
  Result<ChangeFunction> change = ChangeOf(*request);
  if (!change.ok()) return ReplyStatus(*request, change.status());
  verbs.writer.Update(request->kind, KeyOf(*request), Subresource::kScale, *std::move(change),
                      *policy, ReplyWhenScaled(verbs, request));
}

}  // namespace

void HandleScale(const VerbContext& verbs, const RequestPtr& request) {
  const std::string& verb = request->target.verb;
  if (verb == "update" || verb == "patch") return WriteScale(verbs, request);
  if (verb != "get") {
    return ReplyStatus(*request, MethodNotAllowed());
  }
  const StoredObjectPtr object = verbs.store.Get(KeyOf(*request));
  if (object == nullptr)
    return ReplyStatus(*request, NotFound(request->kind->Resource(), request->target.name));
  ReplyScale(*request, *object, verbs.clock.Now());
}

}  // namespace noizy::apiserver
