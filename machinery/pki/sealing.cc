#include "machinery/pki/sealing.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "machinery/pki/openssl_handles.h"

namespace noizy {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, openssl::Deleter<EVP_CIPHER_CTX_free>>;

unsigned char* Raw(std::string& bytes, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(bytes.data()) + at;
}
const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Status CheckKey(std::string_view key) {
  if (key.size() == kSealingKeyBytes) return Status::Ok();
  return BadRequest("a key of AES-256 has 32 bytes, not " + std::to_string(key.size()));
}

// Larger texts would need several calls of OpenSSL's; nothing of ours comes near.
Status CheckSize(std::size_t size) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  if (size <= kMost) return Status::Ok();
  return BadRequest("more than 1 GiB is not sealed in one piece");
}

int Size(std::string_view bytes) {
  return static_cast<int>(bytes.size());
}

}  // namespace

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  // A predictable key is worse than a stopped process.
  if (RAND_bytes(Raw(bytes), static_cast<int>(count)) != 1) std::abort();
  return bytes;
}

Result<std::string> Seal(std::string_view key, std::string_view context, std::string_view clear) {
  NOIZY_RETURN_IF_ERROR(CheckKey(key));
  NOIZY_RETURN_IF_ERROR(CheckSize(clear.size() + context.size()));
  std::string sealed = RandomBytes(kNonceBytes);
  const std::string nonce = sealed;
  sealed.resize(kNonceBytes + clear.size() + kTagBytes);
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  if (!cipher ||
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Raw(key), Raw(nonce)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, Raw(context), Size(context)) != 1 ||
      EVP_EncryptUpdate(cipher.get(), Raw(sealed, kNonceBytes), &size, Raw(clear), Size(clear)) !=
          1 ||
      EVP_EncryptFinal_ex(cipher.get(), Raw(sealed, kNonceBytes + clear.size()), &size) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                          Raw(sealed, kNonceBytes + clear.size())) != 1) {
    return openssl::ErrorFromQueue("could not encrypt");
  }
  return sealed;
}

Result<std::string> Unseal(std::string_view key, std::string_view context,
                           std::string_view sealed) {
  NOIZY_RETURN_IF_ERROR(CheckKey(key));
  NOIZY_RETURN_IF_ERROR(CheckSize(sealed.size() + context.size()));
  if (sealed.size() < kNonceBytes + kTagBytes) return Unauthorized("what is sealed was cut short");
  const std::string_view nonce = sealed.substr(0, kNonceBytes);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  // One byte more, so that there is a place to write to for an empty text.
  std::string clear(body.size() + 1, '\0');
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  if (!cipher ||
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Raw(key), Raw(nonce)) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, Raw(context), Size(context)) != 1 ||
      EVP_DecryptUpdate(cipher.get(), Raw(clear), &size, Raw(body), Size(body)) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, Raw(tag)) != 1) {
    return openssl::ErrorFromQueue("could not decrypt");
  }
  if (EVP_DecryptFinal_ex(cipher.get(), Raw(clear, body.size()), &size) != 1) {
    return Unauthorized("the key is another one, or what is sealed was changed");
  }
  clear.resize(body.size());
  return clear;
}

Result<std::string> KeyOfPassphrase(std::string_view passphrase, std::string_view salt,
                                    const PassphraseCost& cost) {
  if (passphrase.empty()) return BadRequest("an empty passphrase protects nothing");
  std::string key(kSealingKeyBytes, '\0');
  if (EVP_PBE_scrypt(passphrase.data(), passphrase.size(), Raw(salt), salt.size(), cost.n, cost.r,
                     cost.p, kMostMemory, Raw(key), key.size()) != 1) {
    return openssl::InputErrorFromQueue("no key can be made of the passphrase at this cost");
  }
  return key;
}

}  // namespace noizy
