// Strategic merge patches: merge patches that merge lists too, where the schema says how
// (x-kubernetes-patch-strategy, -merge-key), and that carry directives.
#pragma once

#include "machinery/base/status.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// Applies `patch` to a whole object of the schema. Directives: `$patch: replace | delete | merge`,
/// `$retainKeys`, `$deleteFromPrimitiveList/NAME`, `$setElementOrder/NAME`. BadRequest for a
/// malformed one, and for an item of a merged list without its merge key.
Status ApplyStrategicMergePatch(const Schema& schema, Value& object, const Value& patch);

}  // namespace noizy
