// A machine whose clock runs at another rate: preloaded into every process of a node, it multiplies
// the clock that leases are measured by (CLOCK_BOOTTIME), and turns the kernel's timers on that
// clock, the deadman's, back into real time. What stamps are taken from, CLOCK_MONOTONIC, stays as
// it is. chaos.py writes the rate into the file beside the library.
#include <dlfcn.h>
#include <signal.h>
#include <time.h>

#include <cstdio>
#include <string>

namespace {

constexpr long double kNanosPerSecond = 1e9L;

double ReadRate() {
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&ReadRate), &library) == 0) return 1;
  double rate = 1;
  FILE* file = std::fopen((std::string(library.dli_fname) + ".rate").c_str(), "re");
  if (file == nullptr || std::fscanf(file, "%lf", &rate) != 1) rate = 1;
  if (file != nullptr) std::fclose(file);
  return rate;
}

double Rate() {
  static const double rate = ReadRate();
  return rate;
}

timespec Scaled(const timespec& time, double rate) {
  const long double nanos = (time.tv_sec * kNanosPerSecond + time.tv_nsec) * rate;
  const auto seconds = static_cast<time_t>(nanos / kNanosPerSecond);
  return {seconds, static_cast<long>(nanos - seconds * kNanosPerSecond)};
}

template <typename Function>
Function* TheReal(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real = TheReal<int(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (result == 0 && clock == CLOCK_BOOTTIME) *now = Scaled(*now, Rate());
  return result;
}

// The program's only timers of this kind are on CLOCK_BOOTTIME.
extern "C" int timer_settime(timer_t timer, int flags, const itimerspec* when,
                             itimerspec* before) noexcept {
  static const auto real =
      TheReal<int(timer_t, int, const itimerspec*, itimerspec*)>("timer_settime");
  const itimerspec scaled{Scaled(when->it_interval, 1 / Rate()),
                          Scaled(when->it_value, 1 / Rate())};
  return real(timer, flags, &scaled, before);
}
