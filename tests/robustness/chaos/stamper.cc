// What a chaos Task runs: says to shared memory when it executes, at least twice a millisecond's
// length apart, until it is killed. chaos.py compares the attempts' stamps.
//
// Usage: stamper FILE. The file holds one Stamp per attempt; ours is at $NOIZY_ATTEMPT.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

/// Nanoseconds of CLOCK_MONOTONIC, the same for all processes of the machine; 0: never.
struct Stamp {
  std::atomic<std::int64_t> first;
  std::atomic<std::int64_t> last;
};
static_assert(sizeof(Stamp) == 16 && std::atomic<std::int64_t>::is_always_lock_free);

constexpr std::size_t kMostAttempts = 65536;

std::int64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  return now.tv_sec * kNanosPerSecond + now.tv_nsec;
}

}  // namespace

int main(int argc, char** argv) {
  const char* number = std::getenv("NOIZY_ATTEMPT");
  const int file = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
  const std::string_view digits = number == nullptr ? "" : number;
  std::size_t attempt = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), attempt);
  if (file < 0 || attempt == 0 || attempt >= kMostAttempts) return 2;
  void* shared =
      mmap(nullptr, kMostAttempts * sizeof(Stamp), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (shared == MAP_FAILED) return 2;
  Stamp& stamp = static_cast<Stamp*>(shared)[attempt];
  stamp.first = Now();
  std::puts("stamping");
  std::fflush(stdout);
  const timespec pause{0, 1'000'000};
  while (true) {
    stamp.last = Now();
    ppoll(nullptr, 0, &pause, nullptr);
  }
}
