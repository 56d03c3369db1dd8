// A dead man's switch: a timer of the kernel whose expiry kills this very process. No code of ours
// has to run for that, so a process that is stopped, swapped out or hung dies in time all the same;
// what must not outlive it is its child, tied to it by ParentDeath::kDie or a PID namespace.
#pragma once

#include <memory>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

/// Move only; dropping it disarms it. On the clock of RealClock::Monotonic, which counts suspend: a
/// machine that slept beyond the time kills the process before it lets it run on.
class Deadman {
 public:
  /// SIGKILL to this process at `at`; at once when that has passed.
  static Result<Deadman> Arm(MonotonicTime at);
  Status Move(MonotonicTime at) const;

  Deadman(Deadman&& other) noexcept;
  Deadman& operator=(Deadman&& other) noexcept;
  ~Deadman();

 private:
  class Timer;
  explicit Deadman(std::unique_ptr<Timer> timer);

  std::unique_ptr<Timer> timer_;
};

}  // namespace noizy
