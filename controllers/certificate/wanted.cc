#include "controllers/certificate/wanted.h"

#include <algorithm>
#include <set>

#include "machinery/meta/time.h"

namespace noizy::certificate {
namespace {

// What servers need; cert-manager's default.
const std::vector<std::string> kDefaultUsages = {"digital signature", "key encipherment",
                                                 "server auth"};
constexpr int kDefaultRsaBits = 2048;
constexpr int kDefaultCurve = 256;
constexpr int kDefaultShare = 3;  // of the life, before its end
constexpr int kJitterShare = 10;

CertificateSubject SubjectOf(const CertificateSpec& spec) {
  CertificateSubject subject;
  subject.common_name = spec.common_name;
  if (spec.subject) {
    subject.organizations = spec.subject->organizations;
    subject.organizational_units = spec.subject->organizational_units;
    subject.countries = spec.subject->countries;
    subject.provinces = spec.subject->provinces;
    subject.localities = spec.subject->localities;
    subject.street_addresses = spec.subject->street_addresses;
    subject.postal_codes = spec.subject->postal_codes;
    subject.serial_number = spec.subject->serial_number;
  }
  subject.dns_names = spec.dns_names;
  for (const std::string& address : spec.ip_addresses)
    subject.ip_addresses.push_back(CanonicalIpAddress(address));
  subject.uris = spec.uris;
  subject.email_addresses = spec.email_addresses;
  return subject;
}

std::vector<std::string> UsagesOf(const CertificateSpec& spec) {
  std::vector<std::string> usages = spec.usages.empty() ? kDefaultUsages : spec.usages;
  if (!spec.is_ca) return usages;
  if (spec.usages.empty()) usages = {"digital signature", "cert sign", "crl sign"};
  if (std::ranges::find(usages, "cert sign") == usages.end()) usages.emplace_back("cert sign");
  return usages;
}

Result<KeySpec> KeyOf(const CertificatePrivateKey& key) {
  if (key.algorithm == "Ed25519") return KeySpec{KeyAlgorithm::kEd25519, 0};
  if (key.algorithm == "RSA")
    return KeySpec{KeyAlgorithm::kRsa, static_cast<int>(key.size.value_or(kDefaultRsaBits))};
  if (key.algorithm == "ECDSA")
    return KeySpec{KeyAlgorithm::kEcdsa, static_cast<int>(key.size.value_or(kDefaultCurve))};
  return BadRequest("spec.privateKey.algorithm: \"" + key.algorithm +
                    "\" is none of ECDSA, RSA and Ed25519");
}

// Names that stand for one bit, or one purpose, of a certificate.
std::set<std::string> PlainUsages(const std::vector<std::string>& usages) {
  std::set<std::string> plain;
  for (const std::string& usage : usages) {
    if (usage == "signing") {
      plain.insert("digital signature");
    } else {
      plain.insert(usage == "s/mime" ? "email protection" : usage);
    }
  }
  return plain;
}

}  // namespace

bool SameKind(const KeySpec& a, const KeySpec& b) {
  return a.algorithm == b.algorithm && (a.algorithm == KeyAlgorithm::kEd25519 || a.size == b.size);
}

bool SameUsages(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return PlainUsages(a) == PlainUsages(b);
}

Result<Wanted> WantedOf(const CertificateSpec& spec) {
  Wanted wanted;
  wanted.subject = SubjectOf(spec);
  wanted.usages = UsagesOf(spec);
  NOIZY_ASSIGN_OR_RETURN(wanted.key, KeyOf(spec.private_key));
  if (spec.is_ca) wanted.role = CertificateRole::kAuthority;
  NOIZY_ASSIGN_OR_RETURN(wanted.duration, ParseDuration(spec.duration));
  return wanted;
}

WallTime RenewalTimeOf(const CertificateSpec& spec, WallTime not_before, WallTime not_after,
                       const std::string& serial) {
  const Duration life = not_after - not_before;
  Duration before = life / kDefaultShare;
  if (spec.renew_before_percentage) before = life / 100 * *spec.renew_before_percentage;
  const Result<Duration> told = ParseDuration(spec.renew_before);
  if (told.ok() && *told < life) before = *told;
  // A certificate renewed very early still lives for half of what is left.
  const Duration most = std::min(life / kJitterShare, (life - before) / 2);
  const std::string digest = Sha256Hex(serial).substr(0, 8);
  const double share = static_cast<double>(std::stoul(digest, nullptr, 16)) / 4294967296.0;
  const auto jitter = std::chrono::duration_cast<Duration>(most * share);
  return std::chrono::floor<std::chrono::seconds>(not_after - before - jitter);
}

}  // namespace noizy::certificate
