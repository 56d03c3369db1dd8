#include "machinery/schema/object_meta.h"

#include <cassert>

#include "machinery/schema/openapi_meta.h"

namespace noizy {
namespace {

// A definition with what it refers to in its place.
Value Resolved(const Value& definition) {
  if (const Array* items = definition.if_array()) {
    Array out;
    for (const Value& item : *items) out.push_back(Resolved(item));
    return out;
  }
  const Object* object = definition.if_object();
  if (object == nullptr) return definition;
  if (const Value* name = object->if_contains("$ref"))
    return Resolved(MetaDefinitions().at(name->get_string()));
  Object out;
  for (const auto& [name, value] : *object) out.emplace(name, Resolved(value));
  return out;
}

std::shared_ptr<const Schema> Compile() {
  Value meta = MetaDefinitions().at(kObjectMetaDefinition);
  Remove(meta, {"properties", "managedFields", "items"});
  Set(meta, {"properties", "managedFields", "items"},
      Object({{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}));
  Result<std::shared_ptr<const Schema>> schema = CompileSchema(Resolved(meta));
  // The definitions are constants, which a test compiles.
  assert(schema.ok());
  return *std::move(schema);
}

}  // namespace

const Schema& ObjectMetaSchema() {
  static const std::shared_ptr<const Schema> kSchema = Compile();
  return *kSchema;
}

}  // namespace noizy
