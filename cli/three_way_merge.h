// kubectl's client-side apply: what was applied last is kept in an annotation, so that a member
// taken out of the file is taken out of the object, and what others set is left alone.
#pragma once

#include "machinery/patch/last_applied.h"
#include "machinery/value/value.h"

namespace noizy::cli {

/// The object with itself, as JSON, in its annotation.
Value WithLastApplied(const Value& object);

/// The merge patch that brings `live` to `wanted` (which carries its annotation): what differs, and
/// null for what `live`'s annotation has and `wanted` has no more. An empty object when there is
/// nothing to do.
Value ThreeWayMergePatch(const Value& live, const Value& wanted);

}  // namespace noizy::cli
