// Server-side apply: a manager says what it wants, whole; what it wanted before and no longer does
// goes away, unless somebody else wants it too.
#pragma once

#include <cstdint>

#include "machinery/base/status.h"
#include "machinery/patch/managed_fields.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// What becomes of fields that others own with other values.
enum class OnConflict : std::uint8_t { kRefuse, kTakeOver };

/// `live` with `configuration` applied by `who`, managedFields brought up to date; equal to `live`
/// when nothing changes. `live` is an empty object for a creation. Conflict (409) with a cause for
/// every field that somebody else owns, as kube-apiserver words them. The manager "kubectl" takes
/// over what client-side apply recorded (last_applied.h) without a conflict, and keeps the
/// annotation up to date, so that one can go back.
Result<Value> ApplyConfiguration(const Schema& schema, const Value& live,
                                 const Value& configuration, const FieldOwner& who,
                                 OnConflict on_conflict);

}  // namespace noizy
