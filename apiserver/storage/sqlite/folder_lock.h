// One server per data folder.
#pragma once

#include <string>

#include "machinery/base/status.h"
#include "machinery/os/files.h"

namespace noizy::apiserver {

/// Takes FOLDER/lock and writes our process id into it. Held until the lock is destroyed or the
/// process dies, however it dies. ServiceUnavailable naming the folder and the holder's process id
/// when another server has it.
Result<FileLock> LockFolder(const std::string& folder);

}  // namespace noizy::apiserver
