#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>

#include "machinery/os/signals.h"

namespace noizy {
namespace {

sigset_t Termination() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

TerminationSignals::TerminationSignals() {
  const sigset_t signals = Termination();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  fd_.Reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int TerminationSignals::Wait() {
  const sigset_t signals = Termination();
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

std::optional<int> TerminationSignals::WaitFor(Duration bound) {
  const sigset_t signals = Termination();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(bound);
  const timespec timeout{seconds.count(), (bound - seconds).count()};
  const int signal = ::sigtimedwait(&signals, nullptr, &timeout);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace noizy
