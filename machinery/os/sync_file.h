// Durability of a file that is written in pieces; files.h has it for those written at once.
#pragma once

#include "machinery/base/status.h"

namespace noizy {

/// Returns when what was written to the open file survives a power cut. Blocks on the disk.
Status SyncFile(int fd);

}  // namespace noizy
