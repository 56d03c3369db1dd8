#include "machinery/schema/kind.h"

#include <algorithm>
#include <set>

#include "machinery/schema/structure.h"
#include "machinery/value/field_path.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy {
namespace {

class DefinitionReader {
 public:
  explicit DefinitionReader(const Value& definition) : definition_(definition) {
    if (const Value* status = Find(definition, {"status"})) status_ = *status;
  }

  Result<std::vector<KindPtr>> Read() {
    Kind names = ReadNames();
    std::vector<KindPtr> kinds;
    const Array* versions = ArrayAt(definition_, {"spec", "versions"});
    if (versions == nullptr || versions->empty()) {
      Require("spec.versions");
    } else {
      for (std::size_t i = 0; i < versions->size(); ++i) {
        const FieldPath path = FieldPath("spec.versions").Index(i);
        if (auto kind = ReadVersion(names, (*versions)[i], path)) kinds.push_back(std::move(kind));
      }
    }
    if (!faults_.empty()) {
      return Invalid("CustomResourceDefinition", "apiextensions.k8s.io", NameOf(definition_),
                     std::move(faults_));
    }
    return kinds;
  }

 private:
  void Fault(std::string path, std::string reason, std::string message) {
    faults_.push_back({std::move(reason), std::move(message), std::move(path)});
  }
  void Require(std::string path) { Fault(std::move(path), "FieldValueRequired", "Required value"); }

  // A DNS label at `path`; a missing or malformed one is a fault.
  std::string ReadLabel(const Value& parent, std::string_view member, std::string path) {
    const std::string_view text = StringAt(parent, {member});
    if (text.empty()) {
      Require(std::move(path));
    } else if (std::string fault = CheckDnsLabel(text); !fault.empty()) {
      Fault(std::move(path), "FieldValueInvalid",
            "Invalid value: \"" + std::string(text) + "\": " + fault);
    }
    return std::string(text);
  }

  // Everything that a definition's versions share.
  Kind ReadNames() {
    Kind kind;
    kind.gvk.group = StringAt(definition_, {"spec", "group"});
    const Value* found = Find(definition_, {"spec", "names"});
    const Value none = Object();
    const Value& names = found == nullptr ? none : *found;
    kind.plural = ReadLabel(names, "plural", "spec.names.plural");
    kind.gvk.kind = StringAt(names, {"kind"});
    if (kind.gvk.kind.empty()) Require("spec.names.kind");
    kind.singular = StringAt(names, {"singular"});
    if (kind.singular.empty()) {
      kind.singular = kind.gvk.kind;
      for (char& c : kind.singular) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    kind.list_kind = StringAt(names, {"listKind"});
    if (kind.list_kind.empty()) kind.list_kind = kind.gvk.kind + "List";
    kind.short_names = StringsAt(names, {"shortNames"});
    kind.categories = StringsAt(names, {"categories"});
    ReadScope(kind);
    ReadStorage(kind);
    kind.terminating = IsBeingDeleted(definition_);
    kind.stored = AnnotationOf(definition_, "noizy.dev/stored") != "false";
    if (NameOf(definition_) != kind.Resource()) {
      Fault("metadata.name", "FieldValueInvalid",
            "Invalid value: \"" + std::string(NameOf(definition_)) +
                "\": must be spec.names.plural+\".\"+spec.group");
    }
    return kind;
  }

  void ReadScope(Kind& kind) {
    const std::string_view scope = StringAt(definition_, {"spec", "scope"});
    if (scope == "Cluster") {
      kind.scope = KindScope::kCluster;
    } else if (scope.empty()) {
      Require("spec.scope");
    } else if (scope != "Namespaced") {
      Fault("spec.scope", "FieldValueNotSupported",
            "Unsupported value: \"" + std::string(scope) +
                "\": supported values: \"Cluster\", \"Namespaced\"");
    }
  }

  // Versions that objects may still be stored as count too, although they are no longer listed.
  void ReadStorage(Kind& kind) const {
    std::set<std::string> versions;
    for (const std::string& name : StringsAt(status_, {"storedVersions"})) versions.insert(name);
    const Array* listed = ArrayAt(definition_, {"spec", "versions"});
    for (std::size_t i = 0; listed != nullptr && i < listed->size(); ++i) {
      const std::string_view name = StringAt((*listed)[i], {"name"});
      versions.emplace(name);
      if (BoolAt((*listed)[i], {"storage"})) kind.storage_version = name;
    }
    kind.has_other_versions = versions.size() > 1;
  }

  // Kubernetes' words for a version that goes away, unless the definition has its own.
  static void ReadDeprecation(const Value& version, Kind& kind) {
    if (!BoolAt(version, {"deprecated"})) return;
    kind.deprecation_warning = StringAt(version, {"deprecationWarning"});
    if (kind.deprecation_warning.empty())
      kind.deprecation_warning = kind.gvk.ApiVersion() + " " + kind.gvk.kind + " is deprecated";
  }

  KindPtr ReadVersion(const Kind& names, const Value& version, const FieldPath& path) {
    auto kind = std::make_shared<Kind>(names);
    kind->gvk.version = ReadLabel(version, "name", path.Child("name").ToString());
    const Value* schema = Find(version, {"schema", "openAPIV3Schema"});
    if (schema == nullptr) {
      Fault(path.Child("schema").Child("openAPIV3Schema").ToString(), "FieldValueRequired",
            "Required value: schemas are required");
      return nullptr;
    }
    kind->has_status = Find(version, {"subresources", "status"}) != nullptr;
    if (const Value* scale = Find(version, {"subresources", "scale"})) {
      kind->has_scale = true;
      kind->scale_spec_path = StringAt(*scale, {"specReplicasPath"});
      kind->scale_status_path = StringAt(*scale, {"statusReplicasPath"});
      kind->scale_selector_path = StringAt(*scale, {"labelSelectorPath"});
    }
    ReadDeprecation(version, *kind);
    ReadColumns(version, *kind);
    ReadSelectableFields(version, *kind);
    ReadSubresources(*kind);
    const FieldPath schema_path = path.Child("schema").Child("openAPIV3Schema");
    for (StatusCause& cause : CheckStructure(*schema, schema_path))
      faults_.push_back(std::move(cause));
    auto compiled = CompileSchema(*schema);
    if (!compiled) {
      for (StatusCause cause : compiled.status().details().causes) {
        cause.field = schema_path.Child(cause.field).ToString();
        faults_.push_back(std::move(cause));
      }
      return nullptr;
    }
    kind->schema = *std::move(compiled);
    return BoolAt(version, {"served"}) ? kind : nullptr;
  }

  static void ReadColumns(const Value& version, Kind& kind) {
    const Array* columns = ArrayAt(version, {"additionalPrinterColumns"});
    if (columns == nullptr) {
      kind.columns.push_back({"Age", "date", "", "", ".metadata.creationTimestamp", 0});
      return;
    }
    for (const Value& column : *columns) {
      PrinterColumn out;
      out.name = StringAt(column, {"name"});
      out.type = StringAt(column, {"type"});
      out.format = StringAt(column, {"format"});
      out.description = StringAt(column, {"description"});
      out.json_path = StringAt(column, {"jsonPath"});
      out.priority = static_cast<std::int32_t>(IntAt(column, {"priority"}).value_or(0));
      kind.columns.push_back(std::move(out));
    }
  }

  static void ReadSelectableFields(const Value& version, Kind& kind) {
    const Array* fields = ArrayAt(version, {"selectableFields"});
    if (fields == nullptr) return;
    for (const Value& field : *fields) {
      std::string_view path = StringAt(field, {"jsonPath"});
      if (path.starts_with('.')) path.remove_prefix(1);
      kind.selectable_fields.emplace_back(path);
    }
  }

  void ReadSubresources(Kind& kind) const {
    const std::string_view text = AnnotationOf(definition_, "noizy.dev/subresources");
    const Result<Value> read = text.empty() ? Value(Array()) : ParseJson(text);
    const Array* entries = read.ok() ? read->if_array() : nullptr;
    for (std::size_t i = 0; entries != nullptr && i < entries->size(); ++i) {
      const Value& entry = entries->at(i);
      OtherSubresource other{std::string(StringAt(entry, {"name"})), kind.gvk,
                             StringsAt(entry, {"verbs"})};
      if (Find(entry, {"kind"}) != nullptr) {
        other.gvk = {std::string(StringAt(entry, {"group"})),
                     std::string(StringAt(entry, {"version"})),
                     std::string(StringAt(entry, {"kind"}))};
      }
      kind.other_subresources.push_back(std::move(other));
    }
  }

  const Value& definition_;
  Value status_ = Object();
  std::vector<StatusCause> faults_;
};

}  // namespace

bool Kind::TakesStrategicMerge() const {
  return gvk.group.empty() || gvk.group.ends_with(".k8s.io") || gvk.group == "noizy.dev";
}

std::string Kind::Resource() const {
  return gvk.group.empty() ? plural : plural + "." + gvk.group;
}

Result<std::vector<KindPtr>> KindsOfDefinition(const Value& custom_resource_definition) {
  return DefinitionReader(custom_resource_definition).Read();
}

}  // namespace noizy
