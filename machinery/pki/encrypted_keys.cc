// Private keys at rest under a passphrase.
#include <openssl/err.h>
#include <openssl/pem.h>

#include "machinery/pki/keys.h"

namespace noizy {
namespace {

// OpenSSL asks here instead of on the terminal.
int GivePassphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string_view*>(passphrase);
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  text.copy(buffer, text.size());
  return static_cast<int>(text.size());
}

}  // namespace

bool IsEncryptedKey(std::string_view private_key_pem) {
  // PKCS#8's header, and the one of the older PEM format.
  return private_key_pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
         private_key_pem.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
}

Result<std::string> EncryptPrivateKey(std::string_view private_key_pem,
                                      std::string_view passphrase) {
  if (passphrase.empty()) return BadRequest("an empty passphrase protects nothing");
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key, openssl::ReadPrivateKey(private_key_pem));
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                    static_cast<int>(passphrase.size()), nullptr, nullptr) != 1) {
    return openssl::ErrorFromQueue("could not encrypt a private key");
  }
  return openssl::TextOf(bio.get());
}

Result<std::string> DecryptPrivateKey(std::string_view private_key_pem,
                                      std::string_view passphrase) {
  if (IsEncryptedKey(private_key_pem) && passphrase.empty())
    return Unauthorized("the private key is encrypted, and no passphrase was given");
  ERR_clear_error();
  const openssl::Bio bio = openssl::ReadBio(private_key_pem);
  const openssl::Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, GivePassphrase, &passphrase));
  if (key) return PrivateKeyPem(key.get());
  if (!IsEncryptedKey(private_key_pem))
    return openssl::InputErrorFromQueue("not a PEM private key");
  ERR_clear_error();
  return Unauthorized("the passphrase does not open the private key");
}

}  // namespace noizy
