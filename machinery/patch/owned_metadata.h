// metadata as patches see it.
#pragma once

#include "machinery/schema/schema.h"

namespace noizy {

/// ObjectMeta without the members that the server alone writes: what managers of fields can own of
/// it, and how its lists merge. The same for every kind.
const Schema& OwnedMetadataSchema();

}  // namespace noizy
