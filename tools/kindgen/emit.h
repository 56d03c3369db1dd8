// The C++ text of a KindModel.
#pragma once

#include <string>
#include <vector>

#include "tools/kindgen/model.h"

namespace noizy::kindgen {

/// kinds/<singular>.h: the structs.
std::string EmitHeader(const KindModel& model);
/// kinds/<singular>.cc: their conversions.
std::string EmitSource(const KindModel& model);
/// The definitions of EmbeddedSchemas() and BuiltinKinds() over these texts.
std::string EmitEmbeddedSchemas(const std::vector<std::string>& texts);

}  // namespace noizy::kindgen
