// A named pipe that carries small messages from whoever comes by to one reader, across processes
// that start and end at different times. Nothing here blocks.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"
#include "machinery/os/fd.h"

namespace noizy {

/// Readable and writable by the owner alone. AlreadyExists when there is one.
Status MakeFifo(const std::string& path);
/// Holds a write end too, so that it never sees an end. Its reads fail when nothing is there.
Result<UniqueFd> OpenFifo(const std::string& path);
/// One message of at most 4,096 bytes (PIPE_BUF), whole or not at all. NotFound when there is no
/// such pipe or nobody has it open; ServiceUnavailable when it is full.
Status SendToFifo(const std::string& path, std::string_view message);

}  // namespace noizy
