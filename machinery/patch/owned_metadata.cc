#include "machinery/patch/owned_metadata.h"

#include <array>
#include <cstdlib>

#include "machinery/schema/openapi_meta.h"

namespace noizy {
namespace {

constexpr std::array<std::string_view, 8> kServerOwned{
    "name",       "namespace",     "uid",      "creationTimestamp",
    "generation", "managedFields", "selfLink", "resourceVersion"};

// The definition with what it refers to in place: a structural schema has no references.
Value Resolved(const Value& schema) {
  if (const std::string_view name = StringAt(schema, {"$ref"}); !name.empty())
    return Resolved(MetaDefinitions().at(name));
  const Object* members = schema.if_object();
  if (members == nullptr) return schema;
  Object out;
  for (const auto& [key, value] : *members) {
    if (!std::string_view(key).starts_with("description")) out.emplace(key, Resolved(value));
  }
  return out;
}

std::shared_ptr<const Schema> Compile() {
  Value definition = MetaDefinitions().at(kObjectMetaDefinition);
  for (const std::string_view name : kServerOwned) Remove(definition, {"properties", name});
  auto schema = CompileSchema(Resolved(definition));
  // The text is a constant, which a test compiles.
  if (!schema.ok()) std::abort();
  return *std::move(schema);
}

}  // namespace

const Schema& OwnedMetadataSchema() {
  static const std::shared_ptr<const Schema> kSchema = Compile();
  return *kSchema;
}

}  // namespace noizy
