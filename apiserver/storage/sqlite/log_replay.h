// From the rows on disk to the state in memory.
#pragma once

#include "apiserver/storage/memory_index.h"
#include "apiserver/storage/sqlite/log_table.h"
#include "apiserver/storage/store.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy::apiserver {

/// Brings `index` up to what `log` holds: everything into an empty one; into a filled one, what
/// came after its revision. The age of what is loaded counts from `now`. Returns the wakes of the
/// watches concerned.
///
/// Internal when a row is damaged, missing or contradicts the others: the row and its key are
/// named, and the index is of no use.
Result<std::vector<Wake>> ReplayLog(LogTable& log, const AttributeReader& attributes,
                                    MonotonicTime now, MemoryIndex& index);

}  // namespace noizy::apiserver
