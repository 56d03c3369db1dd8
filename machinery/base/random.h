// Randomness as a parameter: seeded in tests, from the operating system otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "machinery/base/mutex.h"

namespace noizy {

/// A source of random numbers. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t Next() = 0;

  /// Uniform in [0, bound); 0 for bound 0.
  std::uint64_t Below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double Unit();
  /// `length` characters that Kubernetes uses for generated names: no vowels, nothing easily confused.
  std::string NameSuffix(std::size_t length);
  /// An RFC 4122 version 4 UUID.
  std::string Uuid();
};

/// From the operating system's generator (getrandom); fit for tokens and keys.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override;
  static SystemRandom& Instance();
};

/// The same numbers for the same seed, for tests and simulations. Not for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t Next() override;

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ NOIZY_GUARDED_BY(mutex_);
};

}  // namespace noizy
