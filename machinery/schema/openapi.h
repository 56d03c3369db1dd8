// The parts that both OpenAPI documents are made of: definitions and paths of kinds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy {

/// v2 has bodies as parameters, another place for definitions, and fewer keywords.
enum class OpenApiDialect : std::uint8_t { kV2, kV3 };

/// "dev.noizy.v1.Task", "io.k8s.api.core.v1.Secret".
std::string DefinitionName(const GroupVersionKind& gvk);
/// {"$ref": "#/components/schemas/NAME"}.
Object DefinitionReference(OpenApiDialect dialect, std::string_view name);

/// Adds the definitions of a kind and of its list.
void AddDefinitions(OpenApiDialect dialect, const Kind& kind, Object& definitions);
/// Adds the definitions of meta.k8s.io.
void AddMetaDefinitions(OpenApiDialect dialect, Object& definitions);
/// Adds the paths under which a kind is served, with their operations.
void AddPaths(OpenApiDialect dialect, const Kind& kind, Object& paths);

}  // namespace noizy
