// The form that every object's metadata has, whatever its kind.
#pragma once

#include "machinery/schema/schema.h"

namespace noizy {

/// meta.k8s.io/v1's ObjectMeta as a schema, read from what OpenAPI says of it. managedFields are
/// left as they are: their own rules are machinery/patch's.
const Schema& ObjectMetaSchema();

}  // namespace noizy
