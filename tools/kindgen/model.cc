#include "tools/kindgen/model.h"

#include <algorithm>

#include "machinery/value/json.h"
#include "tools/kindgen/names.h"

namespace noizy::kindgen {
namespace {

using Type = Schema::Type;
using Kind = FieldType::Kind;

// A list of metav1.Condition entries, whatever bounds the schema gives its members.
bool IsCondition(const Schema& schema) {
  for (const char* name : {"type", "status", "reason", "message", "lastTransitionTime"}) {
    if (schema.properties.count(name) == 0) return false;
  }
  return true;
}

bool SameFields(const Struct& a, const Struct& b) {
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    [](const Field& x, const Field& y) {
                      return x.api_name == y.api_name && x.type.Spelling() == y.type.Spelling() &&
                             x.optional == y.optional && x.always == y.always &&
                             x.initialiser == y.initialiser;
                    });
}

class ModelBuilder {
 public:
  explicit ModelBuilder(const KindPtr& kind) { model_.kind = kind; }

  Result<KindModel> Build() {
    const Schema& schema = *model_.kind->schema;
    model_.root.name = model_.kind->gvk.kind;
    model_.root.description = schema.description;
    for (const std::string& name : schema.property_order) {
      if (name == "apiVersion" || name == "kind" || name == "metadata") continue;
      Field field = FieldOf(schema, name, model_.root.name);
      // Code reads task.status.phase without asking whether there is a status.
      if (name == "spec" || name == "status") field.optional = false;
      model_.root.fields.push_back(std::move(field));
    }
    if (!fault_.ok()) return fault_;
    return std::move(model_);
  }

 private:
  void Fault(const std::string& where, const std::string& why) {
    if (fault_.ok()) fault_ = BadRequest(model_.kind->Resource() + ": " + where + ": " + why);
  }

  Field FieldOf(const Schema& parent, const std::string& name, const std::string& parent_struct) {
    const Schema& schema = *parent.properties.at(name);
    const bool required =
        std::find(parent.required.begin(), parent.required.end(), name) != parent.required.end();
    Field field;
    field.api_name = name;
    field.member = MemberName(name);
    field.description = schema.description;
    field.type = TypeOf(schema, parent_struct + StructName(name));
    const bool given = required || schema.default_value.has_value();
    switch (field.type.kind) {
      case Kind::kInteger:
      case Kind::kNumber:
      case Kind::kBoolean:
      case Kind::kStruct:
        field.optional = !given;
        field.always = given;
        break;
      case Kind::kString:
        // "" stands for absent; but where absent means the default, it says so itself.
        field.always = given;
        break;
      default:
        field.always = required;
    }
    if (schema.default_value) {
      field.initialiser = InitialiserOf(*schema.default_value, field);
    } else if (!field.optional) {
      field.initialiser = ZeroOf(field.type.kind);
    }
    return field;
  }

  // What C++ would leave undefined.
  static std::string ZeroOf(Kind kind) {
    if (kind == Kind::kBoolean) return "false";
    return kind == Kind::kInteger || kind == Kind::kNumber ? "0" : "";
  }

  std::string InitialiserOf(const Value& value, const Field& field) {
    switch (field.type.kind) {
      case Kind::kString:
        return View(value.get_string()).empty() ? "" : Literal(View(value.get_string()));
      case Kind::kIntOrString:
        return value.is_string() ? Literal(View(value.get_string()))
                                 : "IntOrString::Number(" + ToJson(value) + ")";
      case Kind::kInteger:
      case Kind::kNumber:
      case Kind::kBoolean:
        return ToJson(value);
      case Kind::kStruct:
        return "";  // its members have their own
      default:
        if ((value.is_array() && value.get_array().empty()) ||
            (value.is_object() && value.get_object().empty())) {
          return "";
        }
        Fault(field.api_name, "a default that is neither a scalar nor empty has no C++ form");
        return "";
    }
  }

  FieldType TypeOf(const Schema& schema, const std::string& path_name) {
    if (schema.int_or_string) return {Kind::kIntOrString, "", nullptr};
    switch (schema.type) {
      case Type::kString:
        return {Kind::kString, "", nullptr};
      case Type::kInteger:
        return {Kind::kInteger, "", nullptr};
      case Type::kNumber:
        return {Kind::kNumber, "", nullptr};
      case Type::kBoolean:
        return {Kind::kBoolean, "", nullptr};
      case Type::kArray:
        if (schema.items->type == Type::kObject && IsCondition(*schema.items)) {
          return {Kind::kArray, "",
                  std::make_shared<FieldType>(FieldType{Kind::kCondition, "", nullptr})};
        }
        return {Kind::kArray, "", std::make_shared<FieldType>(TypeOf(*schema.items, path_name))};
      case Type::kObject:
        return ObjectTypeOf(schema, path_name);
      case Type::kAny:
        return {Kind::kValue, "", nullptr};
    }
    return {};
  }

  FieldType ObjectTypeOf(const Schema& schema, const std::string& path_name) {
    if (schema.additional_properties) {
      return {Kind::kMap, "",
              std::make_shared<FieldType>(TypeOf(*schema.additional_properties, path_name))};
    }
    // A LabelSelector stays a Value: LabelSelectorOf() reads it.
    const bool opaque = schema.properties.empty() || schema.preserve_unknown_fields ||
                        schema.title == "LabelSelector";
    if (opaque) return {Kind::kValue, "", nullptr};
    Struct made;
    made.name = schema.title.empty() ? path_name : schema.title;
    made.description = schema.description;
    for (const std::string& name : schema.property_order)
      made.fields.push_back(FieldOf(schema, name, made.name));
    const std::string name = made.name;
    Add(std::move(made));
    return {Kind::kStruct, name, nullptr};
  }

  void Add(Struct made) {
    const auto same_name = [&](const Struct& other) { return other.name == made.name; };
    const auto found = std::find_if(model_.structs.begin(), model_.structs.end(), same_name);
    if (found == model_.structs.end()) {
      model_.structs.push_back(std::move(made));
    } else if (!SameFields(*found, made)) {
      Fault(made.name, "two different objects have this title");
    }
  }

  KindModel model_;
  Status fault_;
};

}  // namespace

std::string FieldType::Spelling() const {
  switch (kind) {
    case Kind::kString:
      return "std::string";
    case Kind::kIntOrString:
      return "IntOrString";
    case Kind::kInteger:
      return "std::int64_t";
    case Kind::kNumber:
      return "double";
    case Kind::kBoolean:
      return "bool";
    case Kind::kValue:
      return "Value";
    case Kind::kCondition:
      return "Condition";
    case Kind::kStruct:
      return struct_name;
    case Kind::kMap:
      return "std::map<std::string, " + element->Spelling() + ">";
    case Kind::kArray:
      return "std::vector<" + element->Spelling() + ">";
  }
  return "Value";
}

Result<KindModel> BuildModel(const KindPtr& kind) {
  return ModelBuilder(kind).Build();
}

}  // namespace noizy::kindgen
