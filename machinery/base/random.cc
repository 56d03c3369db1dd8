#include "machinery/base/random.h"

#include <array>
#include <cstdio>

namespace noizy {

std::uint64_t Random::Below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // Rejection keeps the distribution uniform: the tail that does not fill a whole multiple of `bound` is drawn again.
  const std::uint64_t limit = UINT64_MAX - (UINT64_MAX % bound);
  std::uint64_t value = Next();
  while (value >= limit) value = Next();
  return value % bound;
}

double Random::Unit() {
  constexpr int kMantissaBits = 53;
  return static_cast<double>(Next() >> (64 - kMantissaBits)) / static_cast<double>(1ULL << kMantissaBits);
}

std::string Random::NameSuffix(std::size_t length) {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string suffix;
  for (std::size_t i = 0; i < length; ++i) suffix += kAlphabet[Below(kAlphabet.size())];
  return suffix;
}

std::string Random::Uuid() {
  const std::uint64_t high = (Next() & ~0xF000ULL) | 0x4000ULL;
  const std::uint64_t low = (Next() & 0x3FFFFFFFFFFFFFFFULL) | 0x8000000000000000ULL;
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>((high >> 16) & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
  return text.data();
}

std::uint64_t SystemRandom::Next() {
  thread_local std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

SystemRandom& SystemRandom::Instance() {
  static SystemRandom random;
  return random;
}

std::uint64_t SeededRandom::Next() {
  MutexLock lock(mutex_);
  return engine_();
}

}  // namespace noizy
