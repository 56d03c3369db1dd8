// How the Grid service tells the API server, in one process, whose payload a new Task may name.
//
// A payload's digest gives whoever may name it its bytes, so nobody may but who streamed them. The
// request that makes the Task carries a proof that this process took the payload in for it; the
// proof never leaves the process, and nobody outside can make one.
#pragma once

#include <string>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy::apiserver {

/// The header of the request.
inline constexpr std::string_view kStreamedPayloadHeader = "Noizy-Streamed-Payload";

/// The header's value for a payload of that digest.
std::string ProveStreamed(const std::string& sha256);

/// The digest that a header's value proves; "" for no value. Forbidden for one of another process.
Result<std::string> ReadStreamed(std::string_view value);

}  // namespace noizy::apiserver
