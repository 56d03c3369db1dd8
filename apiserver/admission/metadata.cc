// Kubernetes' rules for metadata (ValidateObjectMeta), the same for every kind.
#include <algorithm>
#include <cctype>

#include "apiserver/admission/admission.h"
#include "machinery/meta/meta.h"
#include "machinery/value/field_path.h"

namespace noizy::apiserver {
namespace {

using Causes = std::vector<StatusCause>;

void AddInvalid(Causes& causes, const FieldPath& path, std::string_view value,
                const std::string& why) {
  causes.push_back({"FieldValueInvalid", "Invalid value: \"" + std::string(value) + "\": " + why,
                    path.ToString()});
}

// Roles and bindings are named freely ("system:discovery"), as long as the name fits in a path
// (Kubernetes' ValidatePathSegmentName).
std::string CheckPathSegment(std::string_view name) {
  if (name == "." || name == "..") return "may not be '" + std::string(name) + "'";
  if (name.find('/') != std::string_view::npos) return "may not contain '/'";
  if (name.find('%') != std::string_view::npos) return "may not contain '%'";
  return "";
}

std::string CheckNameOf(const Kind& kind, std::string_view name) {
  if (kind.gvk.group == "rbac.authorization.k8s.io") return CheckPathSegment(name);
  const bool label = kind.plural == "namespaces" && kind.gvk.group.empty();
  return label ? CheckDnsLabel(name) : CheckDnsSubdomain(name);
}

// A prefix of names must be one itself, but for the dash it may end with.
void CheckGenerateName(const Kind& kind, const Value& object, Causes& causes) {
  const std::string_view prefix = StringAt(object, {"metadata", "generateName"});
  if (prefix.empty()) return;
  std::string name(prefix);
  if (name.size() > 1 && name.back() == '-') name.back() = 'a';
  const std::string fault = CheckNameOf(kind, name);
  if (!fault.empty())
    AddInvalid(causes, FieldPath("metadata").Child("generateName"), prefix, fault);
}

void CheckName(const Kind& kind, const Value& object, Causes& causes) {
  if (!kind.stored) return;  // a question needs no name
  CheckGenerateName(kind, object, causes);
  const FieldPath metadata("metadata");
  const std::string_view name = NameOf(object);
  if (name.empty()) {
    causes.push_back({"FieldValueRequired", "Required value: name or generateName is required",
                      "metadata.name"});
    return;
  }
  const std::string fault = CheckNameOf(kind, name);
  if (!fault.empty()) AddInvalid(causes, metadata.Child("name"), name, fault);
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

void CheckMap(const Value& object, std::string_view member, bool check_values, Causes& causes) {
  const FieldPath path = FieldPath("metadata").Child(member);
  // Of strings to strings: that is metadata's form, and checked before.
  const Object* map = ObjectAt(object, {"metadata", member});
  if (map == nullptr) return;
  std::size_t total = 0;
  for (const auto& [key, value] : *map) {
    // The keys of annotations may have capitals anywhere.
    const std::string fault_of_key =
        CheckQualifiedName(check_values ? std::string(key) : Lower(key));
    if (!fault_of_key.empty()) AddInvalid(causes, path, key, fault_of_key);
    const std::string_view text = value.is_string() ? View(value.get_string()) : std::string_view();
    total += key.size() + text.size();
    const std::string fault = check_values ? CheckLabelValue(text) : std::string();
    if (!fault.empty()) AddInvalid(causes, path, text, fault);
  }
  if (!check_values && total > kMaxAnnotationBytes) {
    causes.push_back(
        {"FieldValueTooLong",
         "Too long: may not be more than " + std::to_string(kMaxAnnotationBytes) + " bytes",
         path.ToString()});
  }
}

void CheckFinalizers(const Value& object, Causes& causes) {
  const Array* finalizers = ArrayAt(object, {"metadata", "finalizers"});
  for (std::size_t i = 0; finalizers != nullptr && i < finalizers->size(); ++i) {
    const Value& entry = finalizers->at(i);
    const std::string_view text = entry.is_string() ? View(entry.get_string()) : std::string_view();
    if (const std::string fault = CheckQualifiedName(text); !fault.empty()) {
      AddInvalid(causes, FieldPath("metadata.finalizers").Index(i), text, fault);
    }
  }
}

void CheckOwners(const Value& object, Causes& causes) {
  const Array* owners = ArrayAt(object, {"metadata", "ownerReferences"});
  int controllers = 0;
  for (std::size_t i = 0; owners != nullptr && i < owners->size(); ++i) {
    const Value& owner = owners->at(i);
    const FieldPath path = FieldPath("metadata.ownerReferences").Index(i);
    for (const std::string_view member : {"apiVersion", "kind", "name", "uid"}) {
      if (!StringAt(owner, {member}).empty()) continue;
      causes.push_back({"FieldValueRequired", "Required value: must not be empty",
                        path.Child(member).ToString()});
    }
    if (BoolAt(owner, {"controller"})) ++controllers;
  }
  if (controllers > 1) {
    causes.push_back({"FieldValueInvalid",
                      "Invalid value: only one reference can have controller set to true",
                      "metadata.ownerReferences"});
  }
}

}  // namespace

std::vector<StatusCause> ValidateMetadata(const Kind& kind, const Value& object) {
  Causes causes;
  CheckName(kind, object, causes);
  CheckMap(object, "labels", /*check_values=*/true, causes);
  CheckMap(object, "annotations", /*check_values=*/false, causes);
  CheckFinalizers(object, causes);
  CheckOwners(object, causes);
  return causes;
}

}  // namespace noizy::apiserver
