// X.509's times. For this folder only.
#pragma once

#include <openssl/asn1.h>

#include <ctime>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Clamped to what WallTime can hold: 9999-12-31 stands for "never" in X.509.
Result<WallTime> TimeOf(const ASN1_TIME* time);

/// Whole seconds since 1970, rounded down.
inline time_t SecondsOf(WallTime time) {
  return static_cast<time_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace noizy
