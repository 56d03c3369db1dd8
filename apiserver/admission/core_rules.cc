// Namespace, Event, Secret and ConfigMap, as Kubernetes treats them.
#include <algorithm>

#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/value/base64.h"
#include "machinery/value/field_path.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

Status InvalidField(const AdmissionRequest& request, std::vector<StatusCause> causes) {
  return Invalid(request.kind.gvk.kind, request.kind.gvk.group, NameOf(request.object),
                 std::move(causes));
}

// Adds to `causes`: once `immutable` is true it stays so, and the named members stay as they are.
// All of them make the answer.
Status CheckImmutable(const AdmissionRequest& request,
                      std::initializer_list<std::string_view> members,
                      std::vector<StatusCause> causes) {
  const bool immutable = request.before != nullptr && BoolAt(*request.before, {"immutable"});
  const auto forbid = [&](std::string_view member) {
    causes.push_back({"FieldValueForbidden",
                      "Forbidden: field is immutable when `immutable` is set",
                      std::string(member)});
  };
  if (immutable && !BoolAt(request.object, {"immutable"})) forbid("immutable");
  for (const std::string_view member : members) {
    if (!immutable) break;
    const Value* before = Find(*request.before, {member});
    const Value* after = Find(request.object, {member});
    const bool same =
        before == nullptr || after == nullptr ? before == after : Equal(*before, *after);
    if (!same) forbid(member);
  }
  return causes.empty() ? Status::Ok() : InvalidField(request, std::move(causes));
}

// An Event lies in the namespace of what it is about, whose reference is the member `about`.
void CheckEventPlace(const Value& event, std::string_view about, std::vector<StatusCause>& causes) {
  const std::string_view place = StringAt(event, {about, "namespace"});
  const std::string_view ns = NamespaceOf(event);
  // What has no namespace is told of in one that is always there.
  if (place == ns || (place.empty() && (ns == "default" || ns == "kube-system"))) return;
  causes.push_back({"FieldValueInvalid",
                    "Invalid value: \"" + std::string(place) + "\": does not match event.namespace",
                    std::string(about) + ".namespace"});
}

// What the newer recorders always say.
void CheckRecorded(const Value& event, std::vector<StatusCause>& causes) {
  for (const std::string_view member :
       {"eventTime", "reportingController", "reportingInstance", "action", "reason"}) {
    if (StringAt(event, {member}).empty())
      causes.push_back({"FieldValueRequired", "Required value", std::string(member)});
  }
  const std::string_view type = StringAt(event, {"type"});
  if (type != "Normal" && type != "Warning")
    causes.push_back({"FieldValueInvalid",
                      "Invalid value: \"\": has invalid value: " + std::string(type), "type"});
}

// `list` becomes an array that holds `text`.
void AddUnique(Value& list, std::string_view text) {
  if (!list.is_array()) list = Array();
  Array& entries = list.get_array();
  const auto same = [&](const Value& entry) {
    return entry.is_string() && View(entry.get_string()) == text;
  };
  if (std::ranges::none_of(entries, same)) entries.emplace_back(text);
}

// As Kubernetes has it: those that it does not know by itself say whose they are.
std::vector<StatusCause> CheckNamespaceFinalizers(const std::vector<std::string>& finalizers) {
  std::vector<StatusCause> causes;
  for (std::size_t i = 0; i < finalizers.size(); ++i) {
    const std::string& finalizer = finalizers[i];
    const bool own = finalizer == kNamespaceFinalizer || finalizer.find('/') != std::string::npos;
    const std::string fault =
        own ? CheckQualifiedName(finalizer)
            : "name is neither a standard finalizer name nor is it fully qualified";
    if (fault.empty()) continue;
    causes.push_back({"FieldValueInvalid", "Invalid value: \"" + finalizer + "\": " + fault,
                      FieldPath("spec").Child("finalizers").Index(i).ToString()});
  }
  return causes;
}

// A new Namespace gets the server's own finalizer; afterwards `finalize` alone changes the list.
Status SettleNamespaceFinalizers(const AdmissionRequest& request) {
  if (request.before == nullptr) {
    AddUnique(Ensure(request.object, {"spec", "finalizers"}), kNamespaceFinalizer);
  } else if (request.subresource != Subresource::kFinalize) {
    const Value* kept = Find(*request.before, {"spec", "finalizers"});
    if (kept == nullptr) {
      Remove(request.object, {"spec", "finalizers"});
    } else {
      Set(request.object, {"spec", "finalizers"}, *kept);
    }
    return Status::Ok();
  }
  std::vector<StatusCause> causes =
      CheckNamespaceFinalizers(StringsAt(request.object, {"spec", "finalizers"}));
  return causes.empty() ? Status::Ok() : InvalidField(request, std::move(causes));
}

}  // namespace

void AddFinalizer(Value& object, std::string_view finalizer) {
  AddUnique(Ensure(object, {"metadata", "finalizers"}), finalizer);
}

Status AdmitNamespace(const AdmissionRequest& request) {
  NOIZY_RETURN_IF_ERROR(SettleNamespaceFinalizers(request));
  // The label lets selectors name namespaces; the server owns it (Kubernetes does the same
  // since 1.21).
  Set(request.object, {"metadata", "labels", "kubernetes.io/metadata.name"},
      Value(NameOf(request.object)));
  if (Find(request.object, {"status", "phase"}) == nullptr)
    Set(request.object, {"status", "phase"}, "Active");
  return Status::Ok();
}

Status AdmitEvent(const AdmissionRequest& request) {
  std::vector<StatusCause> causes;
  CheckEventPlace(request.object, "involvedObject", causes);
  return causes.empty() ? Status::Ok() : InvalidField(request, std::move(causes));
}

Status AdmitRecordedEvent(const AdmissionRequest& request) {
  std::vector<StatusCause> causes;
  CheckEventPlace(request.object, "regarding", causes);
  // Those of older recorders, which may be changed here too, lack them.
  if (request.before == nullptr) CheckRecorded(request.object, causes);
  return causes.empty() ? Status::Ok() : InvalidField(request, std::move(causes));
}

Status AdmitSecret(const AdmissionRequest& request) {
  if (const Object* plain = ObjectAt(request.object, {"stringData"})) {
    const Object texts = *plain;
    for (const auto& [key, text] : texts) {
      if (text.is_string())
        Set(request.object, {"data", key}, Value(EncodeBase64(View(text.get_string()))));
    }
    Remove(request.object, {"stringData"});
  }
  if (StringAt(request.object, {"type"}).empty()) Set(request.object, {"type"}, "Opaque");
  return CheckImmutable(request, {"data"}, CheckSecretData(request));
}

Status AdmitConfigMap(const AdmissionRequest& request) {
  return CheckImmutable(request, {"data", "binaryData"}, CheckConfigMapData(request));
}

}  // namespace noizy::apiserver
