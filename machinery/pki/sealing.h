// Bytes at rest: AES-256-GCM under a key, and keys made of passphrases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy {

/// AES-256's.
inline constexpr std::size_t kSealingKeyBytes = 32;

/// `clear` such that only who has `key` can read it, and only where the same `context` is given: a
/// random nonce, the ciphertext, a tag of 16 bytes. The nonce is of 96 bits: a key is good for 2^32
/// of these.
Result<std::string> Seal(std::string_view key, std::string_view context, std::string_view clear);
/// Unauthorized when the key or the context is another, or a bit was changed.
Result<std::string> Unseal(std::string_view key, std::string_view context, std::string_view sealed);

/// What scrypt costs: 128 · n · r bytes of memory.
struct PassphraseCost {
  std::uint64_t n = 32'768;
  std::uint64_t r = 8;
  std::uint64_t p = 1;

  bool operator==(const PassphraseCost&) const = default;
};
/// A key for Seal out of a passphrase, by scrypt (RFC 7914). BadRequest for an empty passphrase and
/// for a cost beyond 128 MiB, which nobody of ours asked for.
Result<std::string> KeyOfPassphrase(std::string_view passphrase, std::string_view salt,
                                    const PassphraseCost& cost = {});

/// From OpenSSL's generator; the process stops when it has none.
std::string RandomBytes(std::size_t count);

}  // namespace noizy
