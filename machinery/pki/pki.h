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
  std::vector<std::string> organizational_units;
  std::vector<std::string> countries;
  std::vector<std::string> provinces;
  std::vector<std::string> localities;
  std::vector<std::string> street_addresses;
  std::vector<std::string> postal_codes;
  std::string serial_number;  // of the subject; not the certificate's
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> uris;
  std::vector<std::string> email_addresses;

  bool operator==(const CertificateSubject&) const = default;
};

/// True for an IPv4 or IPv6 address as alternative names take it.
bool IsIpAddress(const std::string& text);
/// The same address in the form that ParseCertificate gives it: RFC 5952's for IPv6. Unchanged when
/// it is none.
std::string CanonicalIpAddress(const std::string& text);

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

/// What a request asks to become.
enum class CertificateRole : std::uint8_t { kLeaf, kAuthority };

/// A PKCS#10 request for `subject`, signed by `private_key_pem`. One for an authority says so in
/// its basic constraints.
Result<std::string> CreateSigningRequest(const CertificateSubject& subject,
                                         std::string_view private_key_pem,
                                         CertificateRole role = CertificateRole::kLeaf);

/// A request whose self-signature was verified.
struct SigningRequest {
  CertificateSubject subject;
  std::string public_key_der;  // SubjectPublicKeyInfo
  KeySpec key;
  CertificateRole role = CertificateRole::kLeaf;
  /// Names of a kind that noizy does not know (other names, directory names, …) were asked for.
  bool has_other_names = false;
};
Result<SigningRequest> ParseSigningRequest(std::string_view csr_pem);

struct CertificateAuthority {
  std::string certificate_pem;
  std::string private_key_pem;
};

/// A self-signed CA certificate over a new key.
Result<CertificateAuthority> CreateAuthority(const CertificateProfile& profile, const KeySpec& key);

/// A certificate over `private_key_pem` that is its own issuer, CA or not.
Result<std::string> SelfSign(const CertificateProfile& profile, std::string_view private_key_pem);

/// An authority made elsewhere, checked: the certificate is a CA's that may sign certificates, is
/// valid at `now`, and the key, which may be encrypted, is its own. The key comes back as PKCS#8
/// without a passphrase. `certificate_pem` may carry its issuers behind it.
Result<CertificateAuthority> ReadAuthority(std::string_view certificate_pem,
                                           std::string_view private_key_pem,
                                           std::string_view passphrase, WallTime now);

/// As ReadAuthority, for a root: one that is its own issuer.
Result<CertificateAuthority> ReadRoot(std::string_view certificate_pem,
                                      std::string_view private_key_pem,
                                      std::string_view passphrase, WallTime now);

/// A certificate for `public_key_der` as `profile` says, with a random 127-bit serial, signed by
/// `authority`. Nothing is taken over from a request but its key.
Result<std::string> SignCertificate(const CertificateAuthority& authority,
                                    const CertificateProfile& profile,
                                    std::string_view public_key_der);

/// The CA certificate `certificate_pem` once more, by its own name and over its own key, signed by
/// `authority` (RFC 4210 §4.4's NewWithOld): who trusts `authority` alone accepts with it what the
/// new CA signs. Valid while both are.
Result<std::string> CrossSign(const CertificateAuthority& authority,
                              std::string_view certificate_pem);

/// The SubjectPublicKeyInfo, DER, of a private key.
Result<std::string> PublicKeyOf(std::string_view private_key_pem);
/// The algorithm and size of a private key.
Result<KeySpec> KeySpecOfPem(std::string_view private_key_pem);

/// The key as PKCS#8, encrypted (AES-256-CBC, PBKDF2).
Result<std::string> EncryptPrivateKey(std::string_view private_key_pem,
                                      std::string_view passphrase);
/// The key as PKCS#8 without a passphrase. A key that has none is taken as it is; Unauthorized when
/// the passphrase is wrong or missing.
Result<std::string> DecryptPrivateKey(std::string_view private_key_pem,
                                      std::string_view passphrase);
/// Whether it takes a passphrase to read the key.
bool IsEncryptedKey(std::string_view private_key_pem);

struct ParsedCertificate {
  CertificateSubject subject;
  std::string issuer_common_name;
  std::string serial;  // lower-case hex
  WallTime not_before;
  WallTime not_after;
  bool is_ca = false;
  std::string fingerprint_sha256;  // lower-case hex over the DER
  int path_length = -1;  // a CA's; negative: any number
  std::vector<std::string> usages;
  std::string public_key_der;  // SubjectPublicKeyInfo
};
/// The first certificate of a PEM text. (The kind Certificate has a struct of its own.)
Result<ParsedCertificate> ParseCertificate(std::string_view pem);

/// Each certificate of a PEM text as a PEM text of its own, in order. BadRequest when there is
/// none, or a broken one.
Result<std::vector<std::string>> SplitCertificates(std::string_view pem);

/// The chain from `leaf_pem`'s first certificate up, each certificate followed by its issuer, as
/// far as `issuers_pem` (any order, others among them) and the rest of `leaf_pem` know it. A root,
/// which who verifies has already, is left out.
Result<std::string> ChainOf(std::string_view leaf_pem, std::string_view issuers_pem);
/// Ok when the first certificate of `certificate_pem` was signed by the key of the first one of
/// `issuer_pem`.
Status CheckIssuedBy(std::string_view certificate_pem, std::string_view issuer_pem);

/// An entry of a revocation list.
struct RevokedCertificate {
  std::string serial;  // lower-case hex
  WallTime revoked;

  auto operator<=>(const RevokedCertificate&) const = default;
};
/// What an authority says of the certificates it takes back (RFC 5280 §5).
struct RevocationList {
  std::string issuer_common_name;
  std::int64_t number = 0;
  WallTime this_update;
  WallTime next_update;
  std::vector<RevokedCertificate> revoked;  // sorted
};
/// A version 2 CRL in PEM, signed by `authority`; the issuer's name is the authority's. BadRequest
/// for a serial that is no hexadecimal number.
Result<std::string> CreateRevocationList(const CertificateAuthority& authority,
                                         const RevocationList& list);
/// BadRequest for what is no CRL, Unauthorized for one that `issuer_pem`'s key did not sign.
Result<RevocationList> ReadRevocationList(std::string_view crl_pem, std::string_view issuer_pem);

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
