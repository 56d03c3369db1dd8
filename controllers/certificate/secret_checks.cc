#include "controllers/certificate/secret_checks.h"

#include <array>

#include "controllers/certificate/names.h"
#include "controllers/certificate/wanted.h"
#include "machinery/meta/time.h"

namespace noizy::certificate {
namespace {

// What the checks look at, read once.
struct Held {
  const Surroundings& around;
  const Certificate& certificate;
  Wanted wanted;
  std::string chain_pem;
  std::string key_pem;
  const ParsedCertificate& leaf;
};
using Fault = std::optional<Finding>;

Fault KeyPair(const Held& held) {
  const Result<std::string> key = PublicKeyOf(held.key_pem);
  if (!key.ok()) return Finding{"InvalidKeyPair", "The private key in the Secret cannot be read"};
  if (*key == held.leaf.public_key_der) return std::nullopt;
  return Finding{"InvalidKeyPair",
                 "The Secret's certificate and private key do not belong together"};
}

Fault KeyKind(const Held& held) {
  const Result<KeySpec> key = KeySpecOfPem(held.key_pem);
  if (key.ok() && SameKind(*key, held.wanted.key)) return std::nullopt;
  return Finding{"SecretMismatch", "The private key has another algorithm or size than asked for"};
}

Fault Issuer(const Held& held) {
  const std::string wanted = IssuerText(held.certificate.spec.issuer_ref);
  const std::string had = AnnotationIn(held.around.secret->metadata, kIssuerAnnotation);
  if (had != wanted) {
    std::string message = "The certificate was issued by ";
    message.append(had.empty() ? "another issuer" : had).append(", not by ").append(wanted);
    return Finding{"IncorrectIssuer", std::move(message)};
  }
  const auto& issuer = held.around.issuer;
  if (!issuer || issuer->issuer_pem.empty()) return std::nullopt;
  if (CheckIssuedBy(held.chain_pem, issuer->issuer_pem).ok()) return std::nullopt;
  return Finding{"IncorrectIssuer", "The issuer has a new key or certificate since"};
}

Fault Request(const Held& held) {
  std::string different;
  const auto differs = [&](bool equal, std::string_view field) {
    if (!equal) different.append(different.empty() ? "" : ", ").append(field);
  };
  const CertificateSubject& subject = held.leaf.subject;
  const CertificateSubject& wanted = held.wanted.subject;
  differs(subject.common_name == wanted.common_name, "commonName");
  differs(subject.dns_names == wanted.dns_names, "dnsNames");
  differs(subject.ip_addresses == wanted.ip_addresses, "ipAddresses");
  differs(subject.uris == wanted.uris, "uris");
  differs(subject.email_addresses == wanted.email_addresses, "emailAddresses");
  if (different.empty()) differs(subject == wanted, "subject");
  differs(SameUsages(held.leaf.usages, held.wanted.usages), "usages");
  differs(held.leaf.is_ca == (held.wanted.role == CertificateRole::kAuthority), "isCA");
  differs(AnnotationIn(held.around.secret->metadata, kDurationAnnotation) ==
              held.certificate.spec.duration,
          "duration");
  if (different.empty()) return std::nullopt;
  return Finding{"RequestChanged", "The certificate in the Secret differs in: " + different};
}

Fault Damage(const Held& held) {
  const std::string roots = MemberOf(*held.around.secret, kCaKey);
  const auto& issuer = held.around.issuer;
  if (issuer && !issuer->roots_pem.empty() && roots != issuer->roots_pem)
    return Finding{"SecretMismatch",
                   "Whom to trust has changed since: ca.crt in the Secret is old"};
  const std::string combined = MemberOf(*held.around.secret, kCombinedKey);
  if (combined == held.key_pem + held.chain_pem && SplitCertificates(roots).ok())
    return std::nullopt;
  return Finding{"SecretMismatch", "combined.pem or ca.crt in the Secret is damaged"};
}

Fault Expired(const Held& held) {
  if (held.around.now < held.leaf.not_after) return std::nullopt;
  return Finding{"Expired", "The certificate expired at " + FormatTime(held.leaf.not_after)};
}

Fault Revoked(const Held& held) {
  if (!held.around.on_revocation_list) return std::nullopt;
  return Finding{"Revoked", "The certificate is on the revocation list"};
}

constexpr std::array kChecks = {KeyPair, KeyKind, Issuer, Request, Damage, Expired, Revoked};

// What must be there to be looked at at all.
Fault Missing(const Surroundings& around) {
  const std::string& name = around.certificate->spec.secret_name;
  if (around.secret == nullptr) return Finding{"DoesNotExist", "There is no Secret " + name};
  for (const std::string_view member : {kCertificateKey, kPrivateKeyKey}) {
    if (!MemberOf(*around.secret, member).empty()) continue;
    return Finding{"MissingData", "The Secret " + name + " has no " + std::string(member)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Finding> FaultOf(const Surroundings& around) {
  if (Fault missing = Missing(around)) return missing;
  if (!around.leaf)
    return Finding{"InvalidCertificate", "The certificate in the Secret cannot be read"};
  Result<Wanted> wanted = WantedOf(around.certificate->spec);
  if (!wanted.ok()) return Finding{"InvalidSpec", std::string(wanted.status().message())};
  const Held held{around,
                  *around.certificate,
                  *std::move(wanted),
                  MemberOf(*around.secret, kCertificateKey),
                  MemberOf(*around.secret, kPrivateKeyKey),
                  *around.leaf};
  for (const auto check : kChecks) {
    if (Fault fault = check(held)) return fault;
  }
  return std::nullopt;
}

std::optional<WallTime> RenewalTimeIn(const Surroundings& around) {
  if (!around.leaf || around.certificate->spec.revoked) return std::nullopt;
  return RenewalTimeOf(around.certificate->spec, around.leaf->not_before, around.leaf->not_after,
                       around.leaf->serial);
}

std::optional<Finding> ReasonToIssue(const Surroundings& around) {
  if (around.certificate->spec.revoked) return std::nullopt;
  if (Fault fault = FaultOf(around)) return fault;
  const std::optional<WallTime> due = RenewalTimeIn(around);
  if (!due || around.now < *due) return std::nullopt;
  return Finding{"Renewing", "The certificate ends at " + FormatTime(around.leaf->not_after) +
                                 " and is renewed from " + FormatTime(*due)};
}

}  // namespace noizy::certificate
