// Secrets on disk: sealed with a key of the ring, bound to the row they stand in.
//
//   "NZS1" · the key's name (8 bytes) · nonce (12) · ciphertext · tag (16)
#pragma once

#include <string>
#include <string_view>

#include "apiserver/encryption/key_ring.h"
#include "apiserver/storage/body_codec.h"

namespace noizy::apiserver {

/// What to do with the key that is in use.
enum class KeyUse : std::uint8_t { kKeep, kRotate };

/// Whether a row's body, as it lies on disk, shows nothing that is to be sealed.
bool ShowsNothing(const LogRow& stored);

/// Rows of the resource "secrets". A row's identity is authenticated with it: one that was copied
/// over another does not open.
class SecretCodec final : public BodyCodec {
 public:
  /// With kRotate, Prepare makes a new key, unless the last rotation was cut short: then that one
  /// is finished.
  explicit SecretCodec(KeyRing ring, KeyUse use = KeyUse::kKeep)
      : ring_(std::move(ring)), use_(use) {}

  bool Covers(std::string_view resource) const override;
  Status Prepare() override;
  Result<std::string> Encode(const LogRow& clear) override;
  Result<std::string> Decode(const LogRow& stored) const override;
  bool IsCurrent(std::string_view stored_body) const override;
  Status Settled() override { return ring_.DropOldKeys(); }

 private:
  KeyRing ring_;
  const KeyUse use_;
};

}  // namespace noizy::apiserver
