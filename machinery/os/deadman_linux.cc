#include <signal.h>
#include <time.h>

#include <cerrno>

#include "machinery/os/deadman.h"
#include "machinery/os/fd.h"

namespace noizy {

class Deadman::Timer {
 public:
  explicit Timer(timer_t id) : id_(id) {}
  ~Timer() { ::timer_delete(id_); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  timer_t id() const { return id_; }

 private:
  timer_t id_;
};

Deadman::Deadman(std::unique_ptr<Timer> timer) : timer_(std::move(timer)) {}
Deadman::Deadman(Deadman&& other) noexcept = default;
Deadman& Deadman::operator=(Deadman&& other) noexcept = default;
Deadman::~Deadman() = default;

Result<Deadman> Deadman::Arm(MonotonicTime at) {
  sigevent expiry{};
  expiry.sigev_notify = SIGEV_SIGNAL;
  expiry.sigev_signo = SIGKILL;
  timer_t id{};
  if (::timer_create(CLOCK_BOOTTIME, &expiry, &id) != 0) {
    return SystemError("make the timer that ends a task with its lease", errno);
  }
  Deadman deadman(std::make_unique<Timer>(id));
  NOIZY_RETURN_IF_ERROR(deadman.Move(at));
  return deadman;
}

Status Deadman::Move(MonotonicTime at) const {
  const auto since_boot = std::max(at.time_since_epoch(), Duration(1));  // zero would disarm it
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (since_boot - seconds).count();
  if (::timer_settime(timer_->id(), TIMER_ABSTIME, &when, nullptr) == 0) return Status::Ok();
  return SystemError("set the timer that ends a task with its lease", errno);
}

}  // namespace noizy
