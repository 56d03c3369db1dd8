// Whether the machine slept.
#pragma once

#include "machinery/base/clock.h"

namespace noizy {

/// How long the machine was suspended since it started, together: what the clock that counts
/// suspend is ahead of the one that does not. Grows by what two readings are apart, too: some
/// microseconds.
Duration TimeSuspended();

}  // namespace noizy
