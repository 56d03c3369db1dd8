// The names that the loops know each other's objects by.
#pragma once

#include <string>
#include <string_view>

#include "kinds/certificate.h"
#include "machinery/meta/object_meta.h"

namespace noizy::certificate {

// Conditions of a Certificate.
inline constexpr std::string_view kReady = "Ready";
inline constexpr std::string_view kIssuing = "Issuing";

// Annotations of Secrets and CertificateSigningRequests: whose they are, and what was asked for.
inline constexpr std::string_view kNamespaceAnnotation = "noizy.dev/certificate-namespace";
inline constexpr std::string_view kNameAnnotation = "noizy.dev/certificate-name";
inline constexpr std::string_view kIssuerAnnotation = "noizy.dev/issuer";
inline constexpr std::string_view kDurationAnnotation = "noizy.dev/duration";

// Members of a Certificate's Secret.
inline constexpr std::string_view kCertificateKey = "tls.crt";
inline constexpr std::string_view kPrivateKeyKey = "tls.key";
inline constexpr std::string_view kCaKey = "ca.crt";
inline constexpr std::string_view kCombinedKey = "combined.pem";

/// The grid's own CA, as the control plane publishes it: ca.crt, the roots, and issuer.crt, who
/// signs.
inline constexpr std::string_view kGridNamespace = "noizy-system";
inline constexpr std::string_view kGridCaMap = "noizy-ca";
inline constexpr std::string_view kIssuerKey = "issuer.crt";
/// A ConfigMap there: serial numbers of revoked certificates.
inline constexpr std::string_view kRevokedMap = "noizy-revoked-certificates";

// Who signs what Certificates ask for.
inline constexpr std::string_view kGridSigner = "noizy.dev/certificate";
inline constexpr std::string_view kSecretSigner = "noizy.dev/secret-ca";
inline constexpr std::string_view kSelfSigner = "noizy.dev/self-signed";

inline std::string_view SignerOf(const CertificateIssuerRef& issuer) {
  if (issuer.kind == "SecretCA") return kSecretSigner;
  return issuer.kind == "SelfSigned" ? kSelfSigner : kGridSigner;
}
/// "GridCA/noizy-ca".
inline std::string IssuerText(const CertificateIssuerRef& issuer) {
  std::string text = issuer.kind;
  return text.append("/").append(issuer.name);
}
/// The Secret with the key of the issuance under way. By uid: as long as any, and nobody else's.
inline std::string NextKeyName(const Certificate& certificate) {
  std::string name = "noizy-next-key-";
  return name.append(certificate.metadata.uid);
}
/// The request for a Certificate's next revision.
inline std::string RequestName(const Certificate& certificate) {
  std::string name = "certificate-";
  return name.append(certificate.metadata.uid)
      .append("-")
      .append(std::to_string(certificate.status.revision + 1));
}
/// "" when absent.
inline std::string AnnotationIn(const ObjectMeta& metadata, std::string_view key) {
  const auto found = metadata.annotations.find(std::string(key));
  return found == metadata.annotations.end() ? std::string() : found->second;
}

}  // namespace noizy::certificate
