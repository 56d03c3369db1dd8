// Whose files are.
#pragma once

#include <string>

#include "machinery/base/status.h"

namespace noizy {

/// Ok when `path` belongs to the user this process runs as; Forbidden, naming both, when not.
Status RequireOwned(const std::string& path);

}  // namespace noizy
