#include "machinery/pki/openssl_handles.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "machinery/pki/memo.h"

namespace noizy::openssl {
namespace {

using SharedKey = std::shared_ptr<EVP_PKEY>;
using SharedCertificate = std::shared_ptr<X509>;

Memo<SharedKey>& KnownKeys() {
  static Memo<SharedKey> known(kTextsRemembered);
  return known;
}

// OpenSSL counts its objects' owners.
SharedKey Share(const Key& key) {
  EVP_PKEY_up_ref(key.get());
  return {key.get(), EVP_PKEY_free};
}

// Texts above this are nobody's key or chain.
constexpr std::size_t kMaxPemBytes = 1 << 20;

std::string TakeError() {
  const unsigned long code = ERR_get_error();  // NOLINT(google-runtime-int): OpenSSL's type
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

// Without it OpenSSL would ask for a passphrase on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return -1;
}

Result<SharedKey> DecodePrivateKey(std::string_view pem) {
  const Bio bio = ReadBio(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key) return InputErrorFromQueue("not a PEM private key without a passphrase");
  return Share(key);
}

Result<SharedCertificate> DecodeCertificate(std::string_view der) {
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  X509* certificate = d2i_X509(nullptr, &cursor, static_cast<long>(der.size()));  // NOLINT
  if (certificate == nullptr) return InputErrorFromQueue("not a PEM certificate");
  return SharedCertificate(certificate, X509_free);
}

Result<X509Handle> CertificateOf(std::string_view der) {
  static Memo<SharedCertificate> known(kTextsRemembered);
  NOIZY_ASSIGN_OR_RETURN(const SharedCertificate certificate, known.Of(der, DecodeCertificate));
  X509_up_ref(certificate.get());
  return X509Handle(certificate.get());
}

}  // namespace

Status ErrorFromQueue(std::string_view what) {
  return Internal(std::string(what) + ": " + TakeError());
}

Status InputErrorFromQueue(std::string_view what) {
  return BadRequest(std::string(what) + ": " + TakeError());
}

Bio ReadBio(std::string_view text) {
  if (text.empty() || text.size() > kMaxPemBytes)
    text = "";  // what follows will not find a PEM block
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string TextOf(BIO* memory) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(memory, &start);  // NOLINT(google-runtime-int)
  return size > 0 ? std::string(start, static_cast<std::size_t>(size)) : std::string();
}

Result<Key> ReadPrivateKey(std::string_view pem) {
  ERR_clear_error();
  NOIZY_ASSIGN_OR_RETURN(const SharedKey key, KnownKeys().Of(pem, DecodePrivateKey));
  EVP_PKEY_up_ref(key.get());
  return Key(key.get());
}

void RememberPrivateKey(std::string_view pem, const Key& key) {
  (void)KnownKeys().Of(pem, [&](std::string_view) -> Result<SharedKey> { return Share(key); });
}

Result<Key> ReadPublicKey(std::string_view der) {
  ERR_clear_error();
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* cursor = start;
  Key key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size())));  // NOLINT
  if (!key) return InputErrorFromQueue("not a DER public key");
  if (cursor != start + der.size()) return BadRequest("bytes follow the DER public key");
  return key;
}

Result<std::string> PublicKeyDer(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const Memory owner(reinterpret_cast<char*>(der));
  if (size <= 0) return ErrorFromQueue("could not encode a public key");
  return std::string(owner.get(), static_cast<std::size_t>(size));
}

Result<std::vector<X509Handle>> ReadCertificates(std::string_view pem) {
  ERR_clear_error();
  const Bio bio = ReadBio(pem);
  std::vector<X509Handle> certificates;
  unsigned char* data = nullptr;
  long size = 0;  // NOLINT(google-runtime-int): OpenSSL's type
  while (PEM_bytes_read_bio(&data, &size, nullptr, PEM_STRING_X509, bio.get(), NoPassphrase,
                            nullptr) == 1) {
    const Memory der(reinterpret_cast<char*>(data));
    Result<X509Handle> next = CertificateOf({der.get(), static_cast<std::size_t>(size)});
    if (!next.ok()) return next.status();
    certificates.push_back(*std::move(next));
  }
  // A text properly ends by having no further start line; every other error is a broken block.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended || certificates.empty()) return InputErrorFromQueue("not a PEM certificate");
  ERR_clear_error();
  return certificates;
}

Result<std::string> CertificatePem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return ErrorFromQueue("could not write a certificate");
  }
  return TextOf(bio.get());
}

}  // namespace noizy::openssl
