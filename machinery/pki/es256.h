// Signatures for tokens: ECDSA on P-256 with SHA-256, as JOSE writes it (RFC 7518 §3.4).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "machinery/base/status.h"

namespace noizy {

/// A key that signs and verifies. Copies share it; thread-safe.
class Es256Key {
 public:
  /// From a PKCS#8 PEM; BadRequest unless it is a P-256 key.
  static Result<Es256Key> FromPrivateKey(std::string_view pem);

  /// r and s, 32 bytes each.
  Result<std::string> Sign(std::string_view message) const;
  /// False for every signature but the right one, whatever is wrong with it.
  bool Verify(std::string_view message, std::string_view signature) const;
  /// The public key's point: x and y, 32 bytes each.
  const std::string& point() const;
  /// Names the public key: the start of its SHA-256, in hex.
  const std::string& id() const;

 private:
  struct State;
  explicit Es256Key(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace noizy
