// Kinds that are other kinds' objects under other names: Events are written and read through two
// groups, and are stored once, as the core group's. Reading and writing rename what lies at the
// object's top.
#pragma once

#include <string>
#include <string_view>

#include "machinery/meta/selector.h"
#include "machinery/schema/kind.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// Whether the kind's objects are stored under other names than its own.
bool IsRenamed(const Kind& kind);
/// The resource that the kind's objects are stored as: its own, but for a renamed kind.
std::string StoredResource(const Kind& kind);
/// An object of a renamed kind as it is stored.
Value ToStored(const Kind& kind, Value object);
/// A stored object as one of a renamed kind.
Value FromStored(const Kind& kind, Value object);
/// The path of a field in the stored object.
std::string StoredPath(const Kind& kind, std::string_view path);
/// A selector of fields over stored objects.
Selector ToStored(const Kind& kind, const Selector& fields);

}  // namespace noizy::apiserver
