// Keys, certificate signing requests, certificates and the CA, on OpenSSL 3. All texts are PEM;
// nothing here keeps state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"

namespace noizy {

enum class KeyAlgorithm : std::uint8_t { kEcdsa, kRsa, kEd25519 };

struct KeySpec {
  KeyAlgorithm algorithm = KeyAlgorithm::kEcdsa;
  int size = 256;  // ECDSA 256|384|521, RSA 2048|3072|4096; ignored for Ed25519
};

/// A new private key in PKCS#8 PEM. BadRequest for a size the algorithm does not have.
Result<std::string> GenerateKey(const KeySpec& spec);

/// RFC 5280 subject and subjectAltName. Empty members are left out.
struct CertificateSubject {
  std::string common_name;
  std::vector<std::string> organizations;
  std::vector<std::string> countries;
  std::vector<std::string> provinces;
  std::vector<std::string> localities;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> uris;
  std::vector<std::string> email_addresses;
};

struct CertificateProfile {
  CertificateSubject subject;
  WallTime not_before;
  WallTime not_after;
  bool is_ca = false;
  int path_length =
      0;  // for a CA: how many CAs may stand below it in a chain; negative: any number
  /// Kubernetes' usage names: "digital signature", "key encipherment", "server auth", "client
  /// auth", "cert sign", "crl sign", …
  std::vector<std::string> usages;
};

/// A PKCS#10 request for `subject`, signed by `private_key_pem`.
Result<std::string> CreateSigningRequest(const CertificateSubject& subject,
                                         std::string_view private_key_pem);

/// A request whose self-signature was verified.
struct SigningRequest {
  CertificateSubject subject;
  std::string public_key_der;  // SubjectPublicKeyInfo
  KeySpec key;
};
Result<SigningRequest> ParseSigningRequest(std::string_view csr_pem);

struct CertificateAuthority {
  std::string certificate_pem;
  std::string private_key_pem;
};

/// A self-signed CA certificate over a new key.
Result<CertificateAuthority> CreateAuthority(const CertificateProfile& profile, const KeySpec& key);

/// A certificate for `public_key_der` as `profile` says, with a random 127-bit serial, signed by
/// `authority`. Nothing is taken over from a request but its key.
Result<std::string> SignCertificate(const CertificateAuthority& authority,
                                    const CertificateProfile& profile,
                                    std::string_view public_key_der);

/// The SubjectPublicKeyInfo, DER, of a private key.
Result<std::string> PublicKeyOf(std::string_view private_key_pem);

struct Certificate {
  CertificateSubject subject;
  std::string issuer_common_name;
  std::string serial;  // lower-case hex
  WallTime not_before;
  WallTime not_after;
  bool is_ca = false;
  std::string fingerprint_sha256;  // lower-case hex over the DER
  std::vector<std::string> usages;
};
/// The first certificate of a PEM text.
Result<Certificate> ParseCertificate(std::string_view pem);

/// Each certificate of a PEM text as a PEM text of its own, in order. BadRequest when there is
/// none, or a broken one.
Result<std::vector<std::string>> SplitCertificates(std::string_view pem);

/// "sha256:<hex>" over the first certificate's SubjectPublicKeyInfo (kubeadm's convention).
Result<std::string> PublicKeyHash(std::string_view certificate_pem);

/// Ok when `certificate_pem` chains to `ca_pem` at `now` for `usage` ("client auth", "server
/// auth").
Status VerifyCertificate(std::string_view certificate_pem, std::string_view ca_pem, WallTime now,
                         std::string_view usage);

/// SHA-256 of `bytes`, lower-case hex.
std::string Sha256Hex(std::string_view bytes);
/// `count` random bytes from OpenSSL's generator, lower-case hex (twice as many characters).
std::string RandomHex(std::size_t count);
/// Equal without telling by its duration where the texts differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace noizy
