// CustomResourceDefinition: what Kubernetes demands of one beyond its schema.
#include <algorithm>
#include <array>
#include <set>

#include "apiserver/admission/rules.h"
#include "machinery/meta/meta.h"
#include "machinery/value/field_path.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy::apiserver {
namespace {

using Causes = std::vector<StatusCause>;

// Kubernetes' own bound (spec.versions[*].selectableFields).
constexpr std::size_t kMaxSelectableFields = 8;
constexpr std::string_view kApproval = "api-approved.kubernetes.io";

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  return out.append(text).append("\"");
}

void AddInvalid(Causes& causes, std::string field, std::string_view value, std::string_view why) {
  std::string message = "Invalid value: ";
  causes.push_back({"FieldValueInvalid", message.append(Quoted(value)).append(": ").append(why),
                    std::move(field)});
}

const Array& VersionsOf(const Value& definition) {
  static const Array kNone;
  const Array* versions = ArrayAt(definition, {"spec", "versions"});
  return versions == nullptr ? kNone : *versions;
}

std::string StorageVersionOf(const Value& definition) {
  for (const Value& version : VersionsOf(definition)) {
    if (BoolAt(version, {"storage"})) return std::string(StringAt(version, {"name"}));
  }
  return "";
}

void FillInNames(Value& definition) {
  const std::string kind(StringAt(definition, {"spec", "names", "kind"}));
  if (StringAt(definition, {"spec", "names", "singular"}).empty())
    Set(definition, {"spec", "names", "singular"}, Value(Lower(kind)));
  if (StringAt(definition, {"spec", "names", "listKind"}).empty())
    Set(definition, {"spec", "names", "listKind"}, Value(kind + "List"));
}

// Objects may be stored in every version that was ever the storage version.
void NoteStorageVersion(Value& definition) {
  const std::string storage = StorageVersionOf(definition);
  const std::vector<std::string> stored = StringsAt(definition, {"status", "storedVersions"});
  if (storage.empty() || std::ranges::find(stored, storage) != stored.end()) return;
  Value& list = Ensure(definition, {"status", "storedVersions"});
  if (!list.is_array()) list = Array();
  list.get_array().emplace_back(storage);
}

void BeginStatus(Value& definition) {
  Set(definition, {"status"},
      Object{{"conditions", Array()},
             {"acceptedNames", Object{{"plural", ""}, {"kind", ""}}},
             {"storedVersions", Array()}});
}

void CheckGroup(const Value& definition, Causes& causes) {
  const std::string_view group = StringAt(definition, {"spec", "group"});
  if (group.empty()) {
    causes.push_back({"FieldValueRequired", "Required value", "spec.group"});
    return;
  }
  if (const std::string fault = CheckDnsSubdomain(group); !fault.empty()) {
    AddInvalid(causes, "spec.group", group, fault);
  } else if (group.find('.') == std::string_view::npos) {
    AddInvalid(causes, "spec.group", group, "should be a domain with at least one dot");
  }
  const bool is_protected = group == "k8s.io" || group.ends_with(".k8s.io") ||
                            group == "kubernetes.io" || group.ends_with(".kubernetes.io");
  if (!is_protected || !AnnotationOf(definition, kApproval).empty()) return;
  causes.push_back({"FieldValueRequired",
                    "Required value: protected groups must have approval annotation "
                    "\"api-approved.kubernetes.io\", see "
                    "https://github.com/kubernetes/enhancements/pull/1111",
                    "metadata.annotations[api-approved.kubernetes.io]"});
}

void CheckLabel(const std::string& text, std::string field, Causes& causes) {
  if (text.empty()) return;
  if (const std::string fault = CheckDnsLabel(text); !fault.empty())
    AddInvalid(causes, std::move(field), text, fault);
}

void CheckNames(const Value& definition, Causes& causes) {
  const FieldPath names("spec.names");
  for (const std::string_view member : {"kind", "listKind", "singular"}) {
    const std::string text(StringAt(definition, {"spec", "names", member}));
    const std::string checked = member == "singular" ? text : Lower(text);
    CheckLabel(checked, names.Child(member).ToString(), causes);
  }
  for (const std::string_view member : {"shortNames", "categories"}) {
    const std::vector<std::string> texts = StringsAt(definition, {"spec", "names", member});
    for (std::size_t i = 0; i < texts.size(); ++i)
      CheckLabel(texts[i], names.Child(member).Index(i).ToString(), causes);
  }
  if (StringAt(definition, {"spec", "names", "kind"}) ==
      StringAt(definition, {"spec", "names", "listKind"})) {
    AddInvalid(causes, "spec.names.listKind", StringAt(definition, {"spec", "names", "listKind"}),
               "kind and listKind may not be the same");
  }
}

void CheckVersions(const Value& definition, Causes& causes) {
  std::set<std::string_view> seen;
  int storages = 0;
  for (const Value& version : VersionsOf(definition)) {
    const std::string_view name = StringAt(version, {"name"});
    if (!seen.insert(name).second)
      AddInvalid(causes, "spec.versions", name, "must contain unique version names");
    if (BoolAt(version, {"storage"})) ++storages;
  }
  if (storages != 1 && !seen.empty()) {
    AddInvalid(causes, "spec.versions", std::to_string(storages),
               "must have exactly one version marked as storage version");
  }
  const std::vector<std::string> stored = StringsAt(definition, {"status", "storedVersions"});
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!seen.contains(stored[i])) {
      AddInvalid(causes, FieldPath("status.storedVersions").Index(i).ToString(), stored[i],
                 "must appear in spec.versions");
    }
  }
}

// The schema's node at a simple path such as ".spec.color"; null when there is none.
const Value* SchemaAt(const Value& schema, std::string_view path) {
  const Value* node = &schema;
  if (!path.starts_with('.')) return nullptr;
  while (node != nullptr && !path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('.'), path.size());
    node = Find(*node, {"properties", path.substr(0, end)});
    path.remove_prefix(end);
  }
  return node;
}

void CheckSelectableFields(const Value& version, const FieldPath& path, Causes& causes) {
  const Array* fields = ArrayAt(version, {"selectableFields"});
  const Value* schema = Find(version, {"schema", "openAPIV3Schema"});
  if (fields == nullptr || schema == nullptr) return;
  if (fields->size() > kMaxSelectableFields) {
    causes.push_back({"FieldValueTooMany",
                      "Too many: " + std::to_string(fields->size()) + ": must have at most " +
                          std::to_string(kMaxSelectableFields) + " items",
                      path.ToString()});
  }
  for (std::size_t i = 0; i < fields->size(); ++i) {
    const std::string_view json_path = StringAt((*fields)[i], {"jsonPath"});
    const Value* field = SchemaAt(*schema, json_path);
    const std::string_view type =
        field == nullptr ? std::string_view() : StringAt(*field, {"type"});
    const bool simple = type == "string" || type == "integer" || type == "boolean";
    if (simple && !json_path.starts_with(".metadata.")) continue;
    AddInvalid(causes, path.Index(i).Child("jsonPath").ToString(), json_path,
               field == nullptr ? "is an invalid path: does not refer to a valid field"
                                : "must point to a field of type string, boolean or integer, "
                                  "outside of metadata");
  }
}

// Once objects may exist, what they are and where they live stays.
void CheckImmutable(const Value& before, const Value& after, Causes& causes) {
  const auto established = [](const Value& condition) {
    return StringAt(condition, {"type"}) == "Established" &&
           StringAt(condition, {"status"}) == "True";
  };
  const Array* conditions = ArrayAt(before, {"status", "conditions"});
  if (conditions == nullptr || std::ranges::none_of(*conditions, established)) return;
  const auto keep = [&](ValuePath path, std::string_view field) {
    if (StringAt(before, path) != StringAt(after, path))
      AddInvalid(causes, std::string(field), StringAt(after, path), "field is immutable");
  };
  keep({"spec", "scope"}, "spec.scope");
  keep({"spec", "names", "kind"}, "spec.names.kind");
}

constexpr std::string_view kRules = "x-kubernetes-validations";
// The keywords of a schema that hold no schemas (JSONSchemaProps).
constexpr auto kPlainKeywords =
    std::to_array<std::string_view>({"description",
                                     "type",
                                     "format",
                                     "title",
                                     "default",
                                     "maximum",
                                     "exclusiveMaximum",
                                     "minimum",
                                     "exclusiveMinimum",
                                     "maxLength",
                                     "minLength",
                                     "pattern",
                                     "maxItems",
                                     "minItems",
                                     "uniqueItems",
                                     "multipleOf",
                                     "enum",
                                     "maxProperties",
                                     "minProperties",
                                     "required",
                                     "example",
                                     "externalDocs",
                                     "nullable",
                                     "x-kubernetes-preserve-unknown-fields",
                                     "x-kubernetes-embedded-resource",
                                     "x-kubernetes-int-or-string",
                                     "x-kubernetes-list-map-keys",
                                     "x-kubernetes-list-type",
                                     "x-kubernetes-map-type"});

// Tells of what a schema asks for and does not get: rules in CEL, which are kept and not run, and
// keywords that are none.
void WarnOf(const Value& schema, const FieldPath& path, std::vector<std::string>& warnings) {
  const Object* members = schema.if_object();
  if (members == nullptr) return;
  for (const auto& [key, value] : *members) {
    const std::string_view name = key;
    const FieldPath at = path.Child(name);
    if (name == "properties" && value.is_object()) {
      for (const auto& [property, inner] : value.get_object())
        WarnOf(inner, at.Key(property), warnings);
    } else if (name == "items" || name == "additionalProperties" || name == "not") {
      WarnOf(value, at, warnings);
    } else if (name == "allOf" || name == "anyOf" || name == "oneOf") {
      const Array* items = value.if_array();
      for (std::size_t i = 0; items != nullptr && i < items->size(); ++i)
        WarnOf((*items)[i], at.Index(i), warnings);
    } else if (name == kRules) {
      warnings.push_back(at.ToString() +
                         ": CEL rules are kept, but this server does not enforce them");
    } else if (std::ranges::find(kPlainKeywords, name) == kPlainKeywords.end()) {
      warnings.push_back("unknown field " + Quoted(at.ToString()));
    }
  }
}

}  // namespace

Status AdmitDefinition(const AdmissionRequest& request) {
  Value& definition = request.object;
  if (request.subresource == Subresource::kStatus) return Status::Ok();
  FillInNames(definition);
  if (request.before == nullptr) BeginStatus(definition);
  // Replacing a definition does not take the finalizer off: its objects would be left behind.
  if (!IsBeingDeleted(definition)) AddFinalizer(definition, kDefinitionFinalizer);
  NoteStorageVersion(definition);
  Causes causes = KindsOfDefinition(definition).status().details().causes;
  CheckGroup(definition, causes);
  CheckNames(definition, causes);
  CheckVersions(definition, causes);
  if (request.before != nullptr) CheckImmutable(*request.before, definition, causes);
  const Array& versions = VersionsOf(definition);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const FieldPath path = FieldPath("spec.versions").Index(i);
    CheckSelectableFields(versions[i], path.Child("selectableFields"), causes);
    const Value* schema = Find(versions[i], {"schema", "openAPIV3Schema"});
    if (schema != nullptr && request.warnings != nullptr)
      WarnOf(*schema, path.Child("schema").Child("openAPIV3Schema"), *request.warnings);
  }
  if (causes.empty()) return Status::Ok();
  return Invalid(request.kind.gvk.kind, request.kind.gvk.group, NameOf(definition),
                 std::move(causes));
}

}  // namespace noizy::apiserver
