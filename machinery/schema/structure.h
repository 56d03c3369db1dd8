// What makes an openAPIV3Schema structural, beyond what it takes to compile one.
#pragma once

#include <vector>

#include "machinery/base/status.h"
#include "machinery/value/field_path.h"
#include "machinery/value/value.h"

namespace noizy {

/// Every fault, in Kubernetes' words: the root is an object whose metadata is left to the server;
/// each node says its type once, outside of allOf, anyOf, oneOf and not; the x-kubernetes keywords
/// stand where they mean something. `path` is where `schema` stands.
std::vector<StatusCause> CheckStructure(const Value& schema, const FieldPath& path);

}  // namespace noizy
