#include "apiserver/payloads/streamed_payload.h"

#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

std::string ProofOf(std::string_view sha256) {
  constexpr std::size_t kSecretBytes = 32;
  static const std::string kSecret = RandomHex(kSecretBytes);
  std::string both = kSecret;
  both += sha256;
  both += kSecret;
  return Sha256Hex(both);
}

}  // namespace

std::string ProveStreamed(const std::string& sha256) {
  std::string value = sha256;
  value += ' ';
  value += ProofOf(sha256);
  return value;
}

Result<std::string> ReadStreamed(std::string_view value) {
  if (value.empty()) return std::string();
  const std::string_view sha256 = value.substr(0, value.find(' '));
  if (!ConstantTimeEqual(value, ProveStreamed(std::string(sha256)))) {
    return Forbidden("the header " + std::string(kStreamedPayloadHeader) +
                     " is the Grid service's own");
  }
  return std::string(sha256);
}

}  // namespace noizy::apiserver
