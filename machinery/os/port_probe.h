// Whether somebody listens.
#pragma once

#include <cstdint>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Connects to a numeric IPv4 or IPv6 address and closes at once. ServiceUnavailable when nobody
/// listens there, Timeout when no answer comes in time, BadRequest for what is no address.
Status ProbePort(const std::string& address, std::uint16_t port, Duration timeout);

}  // namespace noizy
