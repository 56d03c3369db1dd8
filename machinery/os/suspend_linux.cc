#include <time.h>

#include "machinery/os/suspend.h"

namespace noizy {
namespace {

Duration Read(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

Duration TimeSuspended() {
  const Duration awake = Read(CLOCK_MONOTONIC);
  return Read(CLOCK_BOOTTIME) - awake;
}

}  // namespace noizy
