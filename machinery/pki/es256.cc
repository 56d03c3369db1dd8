#include "machinery/pki/es256.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "machinery/pki/keys.h"

namespace noizy {
namespace {

constexpr int kNumberBytes = 32;
constexpr std::size_t kIdCharacters = 32;

using DigestContext = std::unique_ptr<EVP_MD_CTX, openssl::Deleter<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, openssl::Deleter<ECDSA_SIG_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL writes a signature as DER; JOSE wants the two numbers, side by side.
Result<std::string> ToNumbers(std::string_view der) {
  const unsigned char* cursor = Bytes(der);
  const Signature signature(
      d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));  // NOLINT: OpenSSL's type
  if (!signature) return openssl::ErrorFromQueue("could not read a signature");
  std::string out(2 * kNumberBytes, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes, kNumberBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes + kNumberBytes, kNumberBytes);
  return out;
}

std::string ToDer(std::string_view numbers) {
  const Signature signature(ECDSA_SIG_new());
  openssl::NumberHandle r(BN_bin2bn(Bytes(numbers), kNumberBytes, nullptr));
  openssl::NumberHandle s(BN_bin2bn(Bytes(numbers) + kNumberBytes, kNumberBytes, nullptr));
  if (!signature || !r || !s) return {};
  // Takes both over.
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  const openssl::Memory owner(reinterpret_cast<char*>(der));
  return size > 0 ? std::string(owner.get(), static_cast<std::size_t>(size)) : std::string();
}

// SEC 1: 4, then x and y.
Result<std::string> PointOf(EVP_PKEY* key) {
  std::string encoded(1 + 2 * kNumberBytes, '\0');
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
                                      reinterpret_cast<unsigned char*>(encoded.data()),
                                      encoded.size(), &size) != 1 ||
      size != encoded.size() || encoded[0] != 4) {
    return openssl::ErrorFromQueue("could not read a public key's point");
  }
  return encoded.substr(1);
}

}  // namespace

struct Es256Key::State {
  openssl::Key key;
  std::string point;
  std::string id;
};

Result<Es256Key> Es256Key::FromPrivateKey(std::string_view pem) {
  auto state = std::make_shared<State>();
  NOIZY_ASSIGN_OR_RETURN(state->key, openssl::ReadPrivateKey(pem));
  NOIZY_ASSIGN_OR_RETURN(const KeySpec spec, KeySpecOf(state->key.get()));
  if (spec.algorithm != KeyAlgorithm::kEcdsa || spec.size != 256)
    return BadRequest("tokens are signed with an ECDSA key on P-256");
  NOIZY_ASSIGN_OR_RETURN(state->point, PointOf(state->key.get()));
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, openssl::PublicKeyDer(state->key.get()));
  state->id = Sha256Hex(public_key).substr(0, kIdCharacters);
  return Es256Key(std::move(state));
}

Result<std::string> Es256Key::Sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::string der(EVP_PKEY_get_size(state_->key.get()), '\0');
  std::size_t size = der.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                     Bytes(message), message.size()) != 1) {
    return openssl::ErrorFromQueue("could not sign");
  }
  return ToNumbers(std::string_view(der).substr(0, size));
}

bool Es256Key::Verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != 2 * kNumberBytes) return false;
  const std::string der = ToDer(signature);
  const DigestContext context(EVP_MD_CTX_new());
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(der), der.size(), Bytes(message), message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

const std::string& Es256Key::point() const {
  return state_->point;
}

const std::string& Es256Key::id() const {
  return state_->id;
}

}  // namespace noizy
