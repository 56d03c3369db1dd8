#include "apiserver/resources/prepare.h"

#include <algorithm>

#include "apiserver/resources/stored_form.h"
#include "machinery/meta/meta.h"
#include "machinery/meta/time.h"
#include "machinery/schema/object_meta.h"
#include "machinery/value/field_path.h"
#include "machinery/value/json.h"

namespace noizy::apiserver {
namespace {

std::string Quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// Why what was sent is none of this kind. What a patch led to is its own fault: the body could be
// read.
Status Undecodable(const Kind& kind, const WritePolicy& policy, const std::string& why) {
  if (policy.patched) {
    return Invalid("", "", "",
                   {{"FieldValueInvalid", "Invalid value: what it leads to: " + why, "patch"}});
  }
  const std::string& name = kind.gvk.kind;
  return BadRequest(name + " in version " + Quoted(kind.gvk.version) + " cannot be handled as a " +
                    name + ": " + why);
}

bool IsOfType(const StatusCause& cause) {
  return cause.reason == "FieldValueTypeInvalid";
}

// Values of other types than their fields' ("data.a in body must be of type string"), where
// Kubernetes decodes the body into typed fields: it is refused as unreadable, before all rules.
Status CheckTypes(const Kind& kind, const WritePolicy& policy,
                  const std::vector<StatusCause>& causes) {
  std::string why;
  for (const StatusCause& cause : causes) {
    if (!IsOfType(cause)) continue;
    const std::size_t rule = cause.message.find(cause.field + " in body");
    why += why.empty() ? "json: cannot unmarshal: " : "; ";
    why += cause.message.substr(rule == std::string::npos ? 0 : rule);
  }
  return why.empty() ? Status::Ok() : Undecodable(kind, policy, why);
}

Status ReportUnknown(const Kind& kind, const WritePolicy& policy,
                     const std::vector<std::string>& unknown, std::vector<std::string>& warnings) {
  if (policy.validation == FieldValidation::kIgnore ||
      (unknown.empty() && policy.duplicates.empty()))
    return Status::Ok();
  std::vector<std::string> faults;
  for (const std::string& path : unknown) faults.push_back("unknown field " + Quoted(path));
  for (const std::string& path : policy.duplicates)
    faults.push_back("duplicate field " + Quoted(path));
  if (policy.validation == FieldValidation::kWarn) {
    warnings.insert(warnings.end(), faults.begin(), faults.end());
    return Status::Ok();
  }
  std::string message = "strict decoding error: ";
  for (std::size_t i = 0; i < faults.size(); ++i) message += (i > 0 ? ", " : "") + faults[i];
  return Undecodable(kind, policy, message);
}

void CarryOver(const Value& before, Value& wanted, std::string_view member) {
  if (const Value* value = Find(before, {member})) {
    Set(wanted, {member}, *value);
  } else {
    Remove(wanted, {member});
  }
}

void CarryOverMetadata(const Value& before, Value& wanted, std::string_view member) {
  if (const Value* value = Find(before, {"metadata", member})) {
    Set(wanted, {"metadata", member}, *value);
  } else {
    Remove(wanted, {"metadata", member});
  }
}

// What is empty is not kept, as in Kubernetes: whoever reads it back finds nothing either way.
void DropEmptyMetadata(Value& object) {
  for (const std::string_view member : {"labels", "annotations", "finalizers", "ownerReferences"}) {
    const Value* value = Find(object, {"metadata", member});
    if (value == nullptr) continue;
    const bool empty = value->is_object() ? value->get_object().empty()
                                          : value->is_array() && value->get_array().empty();
    if (empty || value->is_null()) Remove(object, {"metadata", member});
  }
}

// Everything but metadata and status: what `generation` counts.
bool DesiredStateDiffers(const Kind& kind, const Value& before, const Value& after) {
  const auto skip = [&](std::string_view key) {
    return key == "metadata" || (kind.has_status && key == "status");
  };
  const Object& a = before.get_object();
  const Object& b = after.get_object();
  const auto counts = [&](const auto& member) { return !skip(member.key()); };
  if (std::ranges::count_if(a, counts) != std::ranges::count_if(b, counts)) return true;
  return std::ranges::any_of(a, [&](const auto& member) {
    if (skip(member.key())) return false;
    const Value* other = b.if_contains(member.key());
    return other == nullptr || !Equal(member.value(), *other);
  });
}

// The same value, or the same second written another way: typed clients read times and write them
// with a fraction or an offset.
bool IsSameOrSameTime(const Value& a, const Value& b) {
  if (Equal(a, b)) return true;
  if (!a.is_string() || !b.is_string()) return false;
  const Result<WallTime> left = ParseTime(View(a.get_string()));
  const Result<WallTime> right = ParseTime(View(b.get_string()));
  return left.ok() && right.ok() && FormatTime(*left) == FormatTime(*right);
}

// What the server alone writes: a client may leave it out or send it back as it is.
void CheckUnchanged(const Value& before, const Value& wanted, std::string_view member,
                    std::vector<StatusCause>& causes) {
  const Value* value = Find(wanted, {"metadata", member});
  if (value == nullptr || value->is_null()) return;
  const Value* old = Find(before, {"metadata", member});
  if (old != nullptr && IsSameOrSameTime(*old, *value)) return;
  causes.push_back({"FieldValueInvalid",
                    "Invalid value: " + ToJson(*value) + ": field is immutable",
                    FieldPath("metadata").Child(member).ToString()});
}

// Nobody may hold up a deletion that has begun.
void CheckNoNewFinalizers(const Value& before, const Value& wanted,
                          std::vector<StatusCause>& causes) {
  if (!IsBeingDeleted(before)) return;
  const std::vector<std::string> old = FinalizersOf(before);
  std::string added;
  for (const std::string& finalizer : FinalizersOf(wanted)) {
    if (std::ranges::find(old, finalizer) == old.end())
      added += (added.empty() ? "" : ", ") + Quoted(finalizer);
  }
  if (added.empty()) return;
  causes.push_back({"FieldValueForbidden",
                    "Forbidden: no new finalizers can be added if the object is being deleted, "
                    "found new finalizers []string{" +
                        added + "}",
                    "metadata.finalizers"});
}

Status CheckImmutable(const Kind& kind, const Value& before, const Value& wanted) {
  std::vector<StatusCause> causes;
  for (const std::string_view member :
       {"creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    CheckUnchanged(before, wanted, member, causes);
  }
  CheckNoNewFinalizers(before, wanted, causes);
  if (causes.empty()) return Status::Ok();
  return Invalid(kind.gvk.kind, kind.gvk.group, NameOf(before), std::move(causes));
}

Status CheckIdentity(const Kind& kind, const StoredObject& stored, const Value& before,
                     const Value& wanted) {
  const std::string_view written_kind = StringAt(wanted, {"kind"});
  if (!written_kind.empty() && written_kind != kind.gvk.kind) {
    return BadRequest("the kind of the object (" + std::string(written_kind) +
                      ") does not match the kind of the resource (" + kind.gvk.kind + ")");
  }
  const std::string_view name = NameOf(wanted);
  if (!name.empty() && name != stored.key.name) {
    return NameMismatch(stored.key, name);
  }
  const std::string_view ns = NamespaceOf(wanted);
  if (!ns.empty() && ns != stored.key.ns) {
    return BadRequest(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  const std::string_view uid = UidOf(wanted);
  if (!uid.empty() && uid != UidOf(before)) {
    return UidMismatch(stored.key, uid, UidOf(before));
  }
  NOIZY_ASSIGN_OR_RETURN(const std::int64_t revision, ResourceVersionOf(wanted));
  if (revision != 0 && revision != stored.revision) {
    return WasModified(kind, stored.key);
  }
  return Status::Ok();
}

// A status write changes status and nothing else. What is equal, as after a patch, stays where it
// is: copying it costs more than looking at it.
void KeepOnlyStatus(const Value& before, Value& wanted) {
  Object& next = wanted.as_object();
  std::vector<std::string> strangers;
  for (const auto& member : next) {
    if (member.key() != "status" && Find(before, {member.key()}) == nullptr)
      strangers.emplace_back(member.key());
  }
  for (const std::string& stranger : strangers) next.erase(stranger);
  for (const auto& member : before.as_object()) {
    const std::string_view name = member.key();
    if (name == "status") continue;
    const Value* same = Find(wanted, {name});
    if (same == nullptr || !Equal(*same, member.value())) next[name] = member.value();
  }
}

}  // namespace

Status UidMismatch(const StoreKey& key, std::string_view asked, std::string_view is) {
  return Conflict(key.resource, key.name,
                  "Precondition failed: UID in precondition: " + std::string(asked) +
                      ", UID in object meta: " + std::string(is));
}

Status WasModified(const Kind& kind, const StoreKey& key) {
  return Conflict(kind.Resource(), key.name,
                  "the object has been modified; please apply your changes to the latest version "
                  "and try again");
}

Status NameMismatch(const StoreKey& key, std::string_view name) {
  return BadRequest("the name of the object (" + std::string(name) +
                    ") does not match the name on the URL (" + key.name + ")");
}

bool IsTypedByClients(const Kind& kind) {
  return kind.gvk.group.empty() || kind.gvk.group.ends_with(".k8s.io");
}

bool IsCreatedByUpdate(const Kind& kind) {
  const std::string& group = kind.gvk.group;
  return group == "rbac.authorization.k8s.io" || group == "coordination.k8s.io" ||
         StoredResource(kind) == "events";
}

Status CheckMetadata(const Kind& kind, Value& object, const WritePolicy& policy) {
  Value* metadata = Find(object, {"metadata"});
  if (metadata == nullptr) return Status::Ok();
  ApplyDefaults(ObjectMetaSchema(), *metadata);
  return CheckTypes(kind, policy, Validate(ObjectMetaSchema(), *metadata, FieldPath("metadata")));
}

Status PruneObject(const Kind& kind, Value& object, const WritePolicy& policy,
                   std::vector<std::string>& warnings) {
  return ReportUnknown(kind, policy, Prune(*kind.schema, object), warnings);
}

Status AdmitObject(const AdmissionRequest& request, const WritePolicy& policy,
                   std::vector<std::string>& warnings) {
  Value& object = request.object;
  const Kind& kind = request.kind;
  if (policy.patched) NOIZY_RETURN_IF_ERROR(CheckMetadata(kind, object, policy));
  NOIZY_RETURN_IF_ERROR(PruneObject(kind, object, policy, warnings));
  if (request.before == nullptr && policy.stamp) policy.stamp(object);
  DropEmptyMetadata(object);
  ApplyDefaults(*kind.schema, object);
  std::vector<StatusCause> causes = ValidateMetadata(kind, object);
  std::vector<StatusCause> faults = Validate(*kind.schema, object);
  if (IsTypedByClients(kind) && !policy.patched)
    NOIZY_RETURN_IF_ERROR(CheckTypes(kind, policy, faults));
  causes.insert(causes.end(), std::make_move_iterator(faults.begin()),
                std::make_move_iterator(faults.end()));
  if (!causes.empty())
    return Invalid(kind.gvk.kind, kind.gvk.group, NameOf(object), std::move(causes));
  AdmissionRequest admitted = request;
  admitted.warnings = &warnings;
  NOIZY_RETURN_IF_ERROR(Admit(admitted));
  return policy.check ? policy.check(request.before, object) : Status::Ok();
}

Status SucceedObject(const Kind& kind, Subresource subresource, const StoredObject& stored,
                     const Value& before, Value& wanted) {
  if (!wanted.is_object()) return BadRequest("the object must be a JSON object");
  NOIZY_RETURN_IF_ERROR(CheckIdentity(kind, stored, before, wanted));
  if (WritesStatus(subresource)) {
    KeepOnlyStatus(before, wanted);
  } else {
    NOIZY_RETURN_IF_ERROR(CheckImmutable(kind, before, wanted));
    Remove(wanted, {"metadata", "selfLink"});
    for (const std::string_view member : {"apiVersion", "kind"}) CarryOver(before, wanted, member);
    for (const std::string_view member :
         {"name", "namespace", "uid", "creationTimestamp", "generation", "generateName",
          "deletionTimestamp", "deletionGracePeriodSeconds"}) {
      CarryOverMetadata(before, wanted, member);
    }
    if (kind.has_status) CarryOver(before, wanted, "status");
  }
  CarryOverMetadata(before, wanted, "resourceVersion");
  return Status::Ok();
}

bool IsReadyToVanish(const Value& object) {
  return IsBeingDeleted(object) && !HasFinalizers(object);
}

void RaiseGeneration(const Kind& kind, const Value& before, Value& after) {
  if (GenerationOf(before) == 0 || !DesiredStateDiffers(kind, before, after)) return;
  Set(after, {"metadata", "generation"}, GenerationOf(before) + 1);
}

}  // namespace noizy::apiserver
