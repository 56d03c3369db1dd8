// Merging values by a kind's schema (typed_fields.h): what server-side apply does to an object.
#pragma once

#include "machinery/patch/field_set.h"
#include "machinery/patch/typed_fields.h"
#include "machinery/schema/schema.h"
#include "machinery/value/value.h"

namespace noizy {

/// Lays `wanted` over `value`. Items of keyed lists and sets come in the order of `wanted`; those
/// only in `value` keep their place among their old neighbours.
void MergeTyped(const Schema& schema, Value& value, const Value& wanted);

/// Removes from `value` the fields in `dropped` that are not in `kept`: a struct or list goes when
/// nothing in it is kept, an item or a map's key when it is not kept itself.
void RemoveFields(const Schema& schema, Value& value, const FieldSet& dropped,
                  const FieldSet& kept);

}  // namespace noizy
