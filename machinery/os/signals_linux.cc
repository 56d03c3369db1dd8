#include <signal.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <utility>

#include "machinery/os/signals.h"

namespace noizy {
namespace {

sigset_t SetOf(const std::vector<int>& numbers) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int number : numbers) ::sigaddset(&signals, number);
  return signals;
}

}  // namespace

TerminationSignals::TerminationSignals(std::vector<int> more) : signals_(std::move(more)) {
  signals_.push_back(SIGTERM);
  signals_.push_back(SIGINT);
  const sigset_t signals = SetOf(signals_);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  fd_.Reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int TerminationSignals::Wait() {
  const sigset_t signals = SetOf(signals_);
  int signal = 0;
  while (::sigwait(&signals, &signal) != 0) {
  }
  return signal;
}

std::optional<int> TerminationSignals::WaitFor(Duration bound) {
  const sigset_t signals = SetOf(signals_);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(bound);
  const timespec timeout{seconds.count(), (bound - seconds).count()};
  const int signal = ::sigtimedwait(&signals, nullptr, &timeout);
  if (signal < 0) return std::nullopt;
  return signal;
}

ThreadsWithoutSignals::ThreadsWithoutSignals() {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before_);
}

ThreadsWithoutSignals::~ThreadsWithoutSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace noizy
