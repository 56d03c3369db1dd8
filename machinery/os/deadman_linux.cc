#include <signal.h>
#include <time.h>

#include <cerrno>

#include "machinery/os/deadman.h"
#include "machinery/os/fd.h"

namespace noizy {

struct Deadman::Timer {
  timer_t id;
};

void Deadman::Disarm::operator()(Timer* timer) const {
  ::timer_delete(timer->id);
  delete timer;
}

Result<Deadman> Deadman::Arm(MonotonicTime at) {
  sigevent expiry{};
  expiry.sigev_notify = SIGEV_SIGNAL;
  expiry.sigev_signo = SIGKILL;
  timer_t id{};
  if (::timer_create(CLOCK_BOOTTIME, &expiry, &id) != 0) {
    return SystemError("make the timer that ends a task with its lease", errno);
  }
  Deadman deadman(std::unique_ptr<Timer, Disarm>(new Timer{id}));
  NOIZY_RETURN_IF_ERROR(deadman.Move(at));
  return deadman;
}

Status Deadman::Move(MonotonicTime at) const {
  const auto since_boot = std::max(at.time_since_epoch(), Duration(1));  // zero would disarm it
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (since_boot - seconds).count();
  if (::timer_settime(timer_->id, TIMER_ABSTIME, &when, nullptr) == 0) return Status::Ok();
  return SystemError("set the timer that ends a task with its lease", errno);
}

}  // namespace noizy
