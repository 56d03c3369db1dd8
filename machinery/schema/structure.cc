#include "machinery/schema/structure.h"

#include <algorithm>
#include <array>

namespace noizy {
namespace {

constexpr std::array<std::string_view, 3> kLists = {"allOf", "anyOf", "oneOf"};
// What a node says about its value's form; constraints beside it must not say it again.
constexpr std::array<std::string_view, 11> kStructural = {"type",
                                                          "title",
                                                          "description",
                                                          "default",
                                                          "nullable",
                                                          "additionalProperties",
                                                          "x-kubernetes-preserve-unknown-fields",
                                                          "x-kubernetes-embedded-resource",
                                                          "x-kubernetes-int-or-string",
                                                          "x-kubernetes-list-type",
                                                          "x-kubernetes-map-type"};

// Keywords of JSON Schema that a structural schema does without.
constexpr std::array<std::string_view, 5> kUnsupported = {"id", "definitions", "dependencies",
                                                          "patternProperties", "additionalItems"};

class StructureCheck {
 public:
  void Root(const Value& schema, const FieldPath& path) {
    const std::string_view type = StringAt(schema, {"type"});
    if (type.empty()) {
      Fault("FieldValueRequired", path.Child("type"),
            "Required value: must not be empty at the root");
    } else if (type != "object") {
      Invalid(path.Child("type"), type, "must be object at the root");
    }
    Metadata(schema, path);
    Node(schema, path);
  }

  std::vector<StatusCause> Take() { return std::move(faults_); }

 private:
  void Fault(std::string_view reason, const FieldPath& path, std::string message) {
    faults_.push_back({std::string(reason), std::move(message), path.ToString()});
  }
  void Invalid(const FieldPath& path, std::string_view value, std::string_view why) {
    std::string message = "Invalid value: \"";
    Fault("FieldValueInvalid", path, message.append(value).append("\": ").append(why));
  }
  void Forbid(const FieldPath& path, std::string_view why) {
    std::string message = "Forbidden: ";
    Fault("FieldValueForbidden", path, message.append(why));
  }

  // metadata is the server's; a schema may restrict names.
  void Metadata(const Value& schema, const FieldPath& path) {
    const Object* metadata = ObjectAt(schema, {"properties", "metadata", "properties"});
    if (metadata == nullptr) return;
    const bool only_names = std::ranges::all_of(*metadata, [](const auto& entry) {
      return entry.key() == "name" || entry.key() == "generateName";
    });
    if (!only_names) {
      Forbid(path.Child("properties").Key("metadata"),
             "must not specify anything other than name and generateName, but metadata is "
             "implicitly specified");
    }
  }

  void Node(const Value& schema, const FieldPath& path) {
    if (!schema.is_object()) return;  // compiling says so
    Keywords(schema, path);
    ListKeywords(schema, path);
    for (const std::string_view list : kLists) {
      const Array* items = ArrayAt(schema, {list});
      for (std::size_t i = 0; items != nullptr && i < items->size(); ++i)
        Constraint((*items)[i], schema, path.Child(list).Index(i));
    }
    if (const Value* negated = Find(schema, {"not"}))
      Constraint(*negated, schema, path.Child("not"));
    if (const Object* properties = ObjectAt(schema, {"properties"})) {
      for (const auto& [name, property] : *properties)
        Node(property, path.Child("properties").Key(name));
    }
    for (const std::string_view member : {"items", "additionalProperties"}) {
      if (const Value* child = Find(schema, {member})) Node(*child, path.Child(member));
    }
  }

  void Keywords(const Value& schema, const FieldPath& path) {
    for (const std::string_view keyword : kUnsupported) {
      if (Find(schema, {keyword}) != nullptr)
        Forbid(path.Child(keyword), std::string(keyword).append(" is not supported"));
    }
    const std::string_view type = StringAt(schema, {"type"});
    if (BoolAt(schema, {"x-kubernetes-int-or-string"}) && !type.empty()) {
      Forbid(path.Child("type"), "must be empty if x-kubernetes-int-or-string is true");
    }
    const Value* preserve = Find(schema, {"x-kubernetes-preserve-unknown-fields"});
    if (preserve != nullptr && preserve->is_bool() && !preserve->get_bool()) {
      Invalid(path.Child("x-kubernetes-preserve-unknown-fields"), "false",
              "must be true or undefined");
    }
    if (!BoolAt(schema, {"x-kubernetes-embedded-resource"})) return;
    if (type != "object") {
      Invalid(path.Child("type"), type, "must be object if x-kubernetes-embedded-resource is true");
    }
    if (preserve == nullptr && ObjectAt(schema, {"properties"}) == nullptr) {
      Fault("FieldValueRequired", path.Child("properties"),
            "Required value: must not be empty if x-kubernetes-embedded-resource is true without "
            "x-kubernetes-preserve-unknown-fields");
    }
  }

  void ListKeywords(const Value& schema, const FieldPath& path) {
    const std::string_view list_type = StringAt(schema, {"x-kubernetes-list-type"});
    const Array* keys = ArrayAt(schema, {"x-kubernetes-list-map-keys"});
    if (list_type.empty() && keys == nullptr) return;
    const FieldPath type_path = path.Child("x-kubernetes-list-type");
    if (!list_type.empty() && list_type != "atomic" && list_type != "set" && list_type != "map") {
      std::string message = "Unsupported value: \"";
      message.append(list_type).append(R"(": supported values: "atomic", "map", "set")");
      Fault("FieldValueNotSupported", type_path, std::move(message));
    }
    if (StringAt(schema, {"type"}) != "array") {
      Invalid(path.Child("type"), StringAt(schema, {"type"}),
              "must be array if x-kubernetes-list-type is specified");
    }
    if (list_type != "map" && keys != nullptr) {
      Invalid(type_path, list_type, "must be map if x-kubernetes-list-map-keys is non-empty");
    }
    for (std::size_t i = 0; keys != nullptr && i < keys->size(); ++i)
      MapKey(schema, (*keys)[i], path, path.Child("x-kubernetes-list-map-keys").Index(i));
  }

  // A key must be there in every item.
  void MapKey(const Value& schema, const Value& key, const FieldPath& path,
              const FieldPath& key_path) {
    const std::string_view name = key.is_string() ? View(key.get_string()) : std::string_view();
    const Value* property = Find(schema, {"items", "properties", name});
    if (property == nullptr) {
      Invalid(key_path, name, "entries must all be names of item properties");
      return;
    }
    const Array* required = ArrayAt(schema, {"items", "required"});
    const bool is_required =
        required != nullptr && std::ranges::find(*required, key) != required->end();
    if (is_required || Find(*property, {"default"}) != nullptr) return;
    Fault("FieldValueRequired", path.Child("items").Child("properties").Key(name).Child("default"),
          "Required value: this property is in x-kubernetes-list-map-keys, so it must have a "
          "default or be a required property");
  }

  // The types of the two forms of a value that is x-kubernetes-int-or-string.
  static bool IsIntOrStringForm(const Value& constraint, const Value& owner) {
    return BoolAt(owner, {"x-kubernetes-int-or-string"}) &&
           constraint.get_object().contains("type");
  }

  // `constraint` narrows what `owner` describes, and so cannot describe anything itself.
  void Constraint(const Value& constraint, const Value& owner, const FieldPath& path) {
    if (!constraint.is_object()) return;
    for (const std::string_view keyword : kStructural) {
      if (Find(constraint, {keyword}) == nullptr) continue;
      if (keyword == "type" && IsIntOrStringForm(constraint, owner)) continue;
      Forbid(path.Child(keyword), "must be empty to be structural");
    }
    if (const Object* properties = ObjectAt(constraint, {"properties"})) {
      for (const auto& [name, property] : *properties) {
        const FieldPath property_path = path.Child("properties").Key(name);
        const Value* owned = Find(owner, {"properties", name});
        if (owned == nullptr) {
          Fault("FieldValueRequired", property_path,
                "Required value: because it must be defined outside of it to be structural");
        } else {
          Constraint(property, *owned, property_path);
        }
      }
    }
    if (const Value* items = Find(constraint, {"items"})) {
      const Value* owned = Find(owner, {"items"});
      if (owned != nullptr) Constraint(*items, *owned, path.Child("items"));
    }
    Nested(constraint, owner, path);
  }

  void Nested(const Value& constraint, const Value& owner, const FieldPath& path) {
    for (const std::string_view list : kLists) {
      const Array* items = ArrayAt(constraint, {list});
      for (std::size_t i = 0; items != nullptr && i < items->size(); ++i)
        Constraint((*items)[i], owner, path.Child(list).Index(i));
    }
    if (const Value* negated = Find(constraint, {"not"}))
      Constraint(*negated, owner, path.Child("not"));
  }

  std::vector<StatusCause> faults_;
};

}  // namespace

std::vector<StatusCause> CheckStructure(const Value& schema, const FieldPath& path) {
  StructureCheck check;
  check.Root(schema, path);
  return check.Take();
}

}  // namespace noizy
