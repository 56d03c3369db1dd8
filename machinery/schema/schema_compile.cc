#include <re2/re2.h>

#include <algorithm>

#include "machinery/schema/schema.h"
#include "machinery/value/json.h"
#include "machinery/value/string_array.h"

namespace noizy {
namespace {

using Type = Schema::Type;

// What may stand beside a structural schema, inside allOf, anyOf, oneOf and not: constraints only.
enum class Part : std::uint8_t { kStructural, kConstraints };

std::optional<Type> TypeOf(std::string_view name) {
  if (name == "object") return Type::kObject;
  if (name == "array") return Type::kArray;
  if (name == "string") return Type::kString;
  if (name == "integer") return Type::kInteger;
  if (name == "number") return Type::kNumber;
  if (name == "boolean") return Type::kBoolean;
  return std::nullopt;
}

std::optional<double> NumberAt(const Value& value, std::string_view member) {
  const Value* found = Find(value, {member});
  if (found == nullptr) return std::nullopt;
  if (found->is_int64()) return static_cast<double>(found->get_int64());
  if (found->is_uint64()) return static_cast<double>(found->get_uint64());
  if (found->is_double()) return found->get_double();
  return std::nullopt;
}

// Walks the written schema; every fault is kept with its path and the walk goes on.
class Compiler {
 public:
  std::unique_ptr<Schema> Compile(const Value& source, const FieldPath& path, Part part) {
    auto schema = std::make_unique<Schema>();
    if (!source.is_object()) {
      Fault(path, "FieldValueTypeInvalid", "Invalid value: must be an object");
      return schema;
    }
    if (Find(source, {"$ref"}) != nullptr) {
      Fault(path.Child("$ref"), "FieldValueForbidden", "Forbidden: $ref is not supported");
    }
    ReadType(source, path, part, *schema);
    ReadDescription(source, *schema);
    ReadObject(source, path, part, *schema);
    ReadArray(source, path, part, *schema);
    ReadText(source, path, *schema);
    ReadNumber(source, *schema);
    ReadLogic(source, path, *schema);
    ReadDefault(source, path, part, *schema);
    return schema;
  }

  std::vector<StatusCause> TakeFaults() { return std::move(faults_); }

 private:
  void Fault(const FieldPath& path, std::string reason, std::string message) {
    faults_.push_back({std::move(reason), std::move(message), path.ToString()});
  }

  void ReadType(const Value& source, const FieldPath& path, Part part, Schema& out) {
    out.nullable = BoolAt(source, {"nullable"});
    out.int_or_string = BoolAt(source, {"x-kubernetes-int-or-string"});
    out.preserve_unknown_fields = BoolAt(source, {"x-kubernetes-preserve-unknown-fields"});
    out.embedded_resource = BoolAt(source, {"x-kubernetes-embedded-resource"});
    const std::string_view name = StringAt(source, {"type"});
    if (!name.empty()) {
      const auto type = TypeOf(name);
      if (!type) {
        Fault(path.Child("type"), "FieldValueNotSupported",
              "Unsupported value: \"" + std::string(name) +
                  "\": supported values: \"array\", \"boolean\", \"integer\", \"number\", "
                  "\"object\", "
                  "\"string\"");
      }
      out.type = type.value_or(Type::kAny);
    } else if (part == Part::kStructural && !out.int_or_string && !out.preserve_unknown_fields) {
      Fault(path.Child("type"), "FieldValueRequired",
            "Required value: must not be empty for specified object fields");
    }
  }

  static void ReadDescription(const Value& source, Schema& out) {
    out.title = StringAt(source, {"title"});
    out.description = StringAt(source, {"description"});
    out.format = StringAt(source, {"format"});
  }

  void ReadObject(const Value& source, const FieldPath& path, Part part, Schema& out) {
    out.required = StringsAt(source, {"required"});
    out.min_properties = IntAt(source, {"minProperties"});
    out.max_properties = IntAt(source, {"maxProperties"});
    out.atomic_map = StringAt(source, {"x-kubernetes-map-type"}) == "atomic";
    if (const Object* properties = ObjectAt(source, {"properties"})) {
      for (const auto& entry : *properties) {
        const std::string_view name(entry.key().data(), entry.key().size());
        out.properties.emplace(name,
                               Compile(entry.value(), path.Child("properties").Key(name), part));
        out.property_order.emplace_back(name);
      }
    }
    const Value* additional = Find(source, {"additionalProperties"});
    if (additional == nullptr) return;
    const FieldPath additional_path = path.Child("additionalProperties");
    if (!out.properties.empty()) {
      Fault(additional_path, "FieldValueForbidden",
            "Forbidden: additionalProperties and properties are mutual exclusive");
    }
    if (additional->is_object()) {
      out.additional_properties = Compile(*additional, additional_path, part);
    } else if (additional->is_bool() && additional->get_bool()) {
      out.preserve_unknown_fields = true;
    }
  }

  void ReadArray(const Value& source, const FieldPath& path, Part part, Schema& out) {
    out.min_items = IntAt(source, {"minItems"});
    out.max_items = IntAt(source, {"maxItems"});
    if (BoolAt(source, {"uniqueItems"})) {
      Fault(path.Child("uniqueItems"), "FieldValueForbidden",
            "Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes "
            "quadratic");
    }
    if (const Value* items = Find(source, {"items"})) {
      out.items = Compile(*items, path.Child("items"), part);
    } else if (out.type == Type::kArray && part == Part::kStructural) {
      Fault(path.Child("items"), "FieldValueRequired", "Required value: must be specified");
    }
    const std::string_view list_type = StringAt(source, {"x-kubernetes-list-type"});
    out.list_map_keys = StringsAt(source, {"x-kubernetes-list-map-keys"});
    if (list_type == "set") out.list_type = Schema::ListType::kSet;
    if (list_type == "map") out.list_type = Schema::ListType::kMap;
    const std::string_view strategy = StringAt(source, {"x-kubernetes-patch-strategy"});
    out.patch_merges = strategy.find("merge") != std::string_view::npos;
    out.patch_merge_key = StringAt(source, {"x-kubernetes-patch-merge-key"});
    if (list_type == "map" && out.list_map_keys.empty()) {
      Fault(path.Child("x-kubernetes-list-map-keys"), "FieldValueRequired",
            "Required value: must not be empty if x-kubernetes-list-type is map");
    }
  }

  void ReadText(const Value& source, const FieldPath& path, Schema& out) {
    out.min_length = IntAt(source, {"minLength"});
    out.max_length = IntAt(source, {"maxLength"});
    const std::string_view pattern = StringAt(source, {"pattern"});
    if (!pattern.empty()) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      auto compiled = std::make_shared<const re2::RE2>(
          re2::StringPiece(pattern.data(), pattern.size()), options);
      if (compiled->ok()) {
        out.pattern = std::move(compiled);
      } else {
        Fault(path.Child("pattern"), "FieldValueInvalid",
              "Invalid value: \"" + std::string(pattern) +
                  "\": must be a valid regular expression, but isn't: " + compiled->error());
      }
    }
    if (const Array* values = ArrayAt(source, {"enum"})) {
      out.enum_values.assign(values->begin(), values->end());
    }
  }

  static void ReadNumber(const Value& source, Schema& out) {
    out.minimum = NumberAt(source, "minimum");
    out.maximum = NumberAt(source, "maximum");
    out.multiple_of = NumberAt(source, "multipleOf");
    out.exclusive_minimum = BoolAt(source, {"exclusiveMinimum"});
    out.exclusive_maximum = BoolAt(source, {"exclusiveMaximum"});
  }

  void ReadLogic(const Value& source, const FieldPath& path, Schema& out) {
    const auto read = [&](std::string_view member, std::vector<std::unique_ptr<Schema>>& list) {
      const Array* alternatives = ArrayAt(source, {member});
      if (alternatives == nullptr) return;
      for (std::size_t i = 0; i < alternatives->size(); ++i) {
        list.push_back(
            Compile((*alternatives)[i], path.Child(member).Index(i), Part::kConstraints));
      }
    };
    read("allOf", out.all_of);
    read("anyOf", out.any_of);
    read("oneOf", out.one_of);
    if (const Value* negated = Find(source, {"not"})) {
      out.not_schema = Compile(*negated, path.Child("not"), Part::kConstraints);
    }
  }

  void ReadDefault(const Value& source, const FieldPath& path, Part part, Schema& out) {
    for (const auto& [name, property] : out.properties) {
      if (property->default_value) out.defaulted.emplace_back(name, property.get());
    }
    const Value* written = Find(source, {"default"});
    if (written == nullptr) return;
    if (part == Part::kConstraints) {
      Fault(path.Child("default"), "FieldValueForbidden",
            "Forbidden: must be undefined to be structural");
      return;
    }
    Value complete = *written;
    ApplyDefaults(out, complete);
    for (StatusCause& cause : Validate(out, complete, path.Child("default"))) {
      faults_.push_back(std::move(cause));
    }
    // Stored with its own nested defaults, so that applying it is one copy.
    out.default_value = std::move(complete);
  }

  std::vector<StatusCause> faults_;
};

}  // namespace

Result<std::shared_ptr<const Schema>> CompileSchema(const Value& open_api_v3_schema) {
  Compiler compiler;
  std::shared_ptr<Schema> schema =
      compiler.Compile(open_api_v3_schema, FieldPath(), Part::kStructural);
  std::vector<StatusCause> faults = compiler.TakeFaults();
  if (!faults.empty()) return Invalid("openAPIV3Schema", "", "", std::move(faults));
  schema->source = open_api_v3_schema;
  return std::shared_ptr<const Schema>(std::move(schema));
}

}  // namespace noizy
