#include <algorithm>
#include <array>

#include "machinery/schema/openapi.h"
#include "machinery/schema/openapi_meta.h"

namespace noizy {
namespace {

// What OpenAPI v2 has no keyword for. As in Kubernetes, clients then check less, and the server
// all.
constexpr std::array<std::string_view, 8> kNotInV2{"oneOf",
                                                   "anyOf",
                                                   "allOf",
                                                   "not",
                                                   "nullable",
                                                   "default",
                                                   "x-kubernetes-selectable-fields",
                                                   "x-kubernetes-validations"};

bool Has(const Object& schema, std::string_view mark) {
  const Value* value = schema.if_contains(mark);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// Clients that check by v2 refuse fields beside those named, and null: they are told nothing where
// either is allowed.
bool IsOpen(const Object& schema, std::string_view member) {
  if (member != "properties" && member != "items" && member != "type") return false;
  return Has(schema, "nullable") ||
         (member != "type" && Has(schema, "x-kubernetes-preserve-unknown-fields"));
}

bool IsLeftOut(OpenApiDialect dialect, const Object& schema, std::string_view member) {
  return dialect == OpenApiDialect::kV2 &&
         (std::find(kNotInV2.begin(), kNotInV2.end(), member) != kNotInV2.end() ||
          IsOpen(schema, member));
}

Object Reference(OpenApiDialect dialect, std::string_view definition,
                 std::string_view description) {
  if (dialect == OpenApiDialect::kV2) {
    Object out = DefinitionReference(dialect, definition);
    out.emplace("description", description);
    return out;
  }
  // Beside a $ref, v3 ignores everything; allOf carries the description.
  Object out;
  out.emplace("description", description);
  out.emplace("allOf", Array{Value(DefinitionReference(dialect, definition))});
  return out;
}

// Schemas refer by bare name; a document's references are rooted.
Value Rooted(OpenApiDialect dialect, const Value& schema) {
  if (const Array* items = schema.if_array()) {
    Array out;
    out.reserve(items->size());
    for (const Value& item : *items) out.push_back(Rooted(dialect, item));
    return out;
  }
  const Object* members = schema.if_object();
  if (members == nullptr) return schema;
  const std::string_view description = StringAt(schema, {"description"});
  if (const std::string_view name = StringAt(schema, {"$ref"});
      !name.empty() && !description.empty())
    return Reference(dialect, name, description);
  Object out;
  out.reserve(members->size());
  for (const auto& entry : *members) {
    const std::string_view name(entry.key().data(), entry.key().size());
    if (IsLeftOut(dialect, *members, name)) continue;
    if (name == "$ref" && entry.value().is_string()) {
      out.emplace(name, DefinitionReference(dialect, View(entry.value().get_string())).at("$ref"));
    } else if (name == "properties" && entry.value().is_object()) {
      // Members of `properties` are fields, whatever they are called.
      Object properties;
      for (const auto& field : entry.value().get_object()) {
        properties.emplace(field.key(), Rooted(dialect, field.value()));
      }
      out.emplace(name, std::move(properties));
    } else if (name == "enum" || name == "default" || name == "example") {
      out.emplace(name, entry.value());
    } else {
      out.emplace(name, Rooted(dialect, entry.value()));
    }
  }
  return out;
}

Object TextField(std::string_view description) {
  Object out;
  out.emplace("type", "string");
  out.emplace("description", description);
  return out;
}

constexpr std::string_view kApiVersionText =
    "The version of the API in which this object is written, as GROUP/VERSION.";
constexpr std::string_view kKindText = "The kind of object in CamelCase.";

void AddKindMark(Object& definition, const GroupVersionKind& gvk, std::string_view kind) {
  Object mark;
  mark.emplace("group", gvk.group);
  mark.emplace("kind", kind);
  mark.emplace("version", gvk.version);
  definition["x-kubernetes-group-version-kind"] = Array{Value(std::move(mark))};
}

Object KindDefinition(OpenApiDialect dialect, const Kind& kind) {
  Value rooted = Rooted(dialect, kind.schema->source);
  Object definition = std::move(rooted.as_object());
  Object properties;
  properties.emplace("apiVersion", TextField(kApiVersionText));
  properties.emplace("kind", TextField(kKindText));
  properties.emplace("metadata", Reference(dialect, kObjectMetaDefinition,
                                           "The object's name, labels and the like."));
  if (Value* written = definition.if_contains("properties")) {
    for (auto& entry : written->as_object()) {
      if (!properties.contains(entry.key()))
        properties.emplace(entry.key(), std::move(entry.value()));
    }
  }
  definition["properties"] = std::move(properties);
  AddKindMark(definition, kind.gvk, kind.gvk.kind);
  return definition;
}

Object ListDefinition(OpenApiDialect dialect, const Kind& kind) {
  Object items;
  items.emplace("type", "array");
  items.emplace("description", "The objects.");
  items.emplace("items", DefinitionReference(dialect, DefinitionName(kind.gvk)));
  Object properties;
  properties.emplace("apiVersion", TextField(kApiVersionText));
  properties.emplace("items", std::move(items));
  properties.emplace("kind", TextField(kKindText));
  properties.emplace("metadata", Reference(dialect, kListMetaDefinition,
                                           "The version of the list, and how it goes on."));
  Object definition;
  definition.emplace("description", kind.list_kind + " is a list of " + kind.gvk.kind);
  definition.emplace("type", "object");
  definition.emplace("required", Array{"items"});
  definition.emplace("properties", std::move(properties));
  AddKindMark(definition, kind.gvk, kind.list_kind);
  return definition;
}

}  // namespace

std::string DefinitionName(const GroupVersionKind& gvk) {
  const std::string tail = gvk.version + "." + gvk.kind;
  if (gvk.group.empty()) return "io.k8s.api.core." + tail;
  // The group's domain backwards: noizy.dev → dev.noizy.
  std::string name;
  std::string_view rest = gvk.group;
  while (true) {
    const std::size_t dot = rest.rfind('.');
    name += std::string(rest.substr(dot == std::string_view::npos ? 0 : dot + 1)) + ".";
    if (dot == std::string_view::npos) return name + tail;
    rest = rest.substr(0, dot);
  }
}

Object DefinitionReference(OpenApiDialect dialect, std::string_view name) {
  Object out;
  out.emplace("$ref",
              (dialect == OpenApiDialect::kV2 ? "#/definitions/" : "#/components/schemas/") +
                  std::string(name));
  return out;
}

void AddDefinitions(OpenApiDialect dialect, const Kind& kind, Object& definitions) {
  definitions.emplace(DefinitionName(kind.gvk), KindDefinition(dialect, kind));
  if (!kind.stored) return;
  const GroupVersionKind list{kind.gvk.group, kind.gvk.version, kind.list_kind};
  definitions.emplace(DefinitionName(list), ListDefinition(dialect, kind));
}

void AddMetaDefinitions(OpenApiDialect dialect, Object& definitions) {
  for (const auto& entry : MetaDefinitions()) {
    definitions.emplace(entry.key(), Rooted(dialect, entry.value()));
  }
}

}  // namespace noizy
