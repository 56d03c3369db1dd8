#include "cmd/noizy/grid_identity.h"

#include <algorithm>

#include "machinery/client/kubeconfig.h"
#include "machinery/os/files.h"
#include "machinery/os/host.h"

namespace noizy {
namespace {

using std::chrono::hours;

constexpr Duration kDay = hours(24);
constexpr Duration kIssuerValidity = 3 * 365 * kDay;
constexpr Duration kIssuerRenewal = 365 * kDay;
constexpr Duration kServerValidity = 365 * kDay;
constexpr Duration kAdminValidity = 365 * kDay;
constexpr Duration kAdminRenewal = 30 * kDay;
// Machines whose clocks run a little behind must not find a new certificate "not yet valid".
constexpr Duration kBackdate = std::chrono::minutes(5);

// Whether `issuer` may go on: the root has not changed, and a year of it is left, or as much as of
// the root itself.
bool StillIssues(const CertificateAuthority& issuer, const CertificateAuthority& root,
                 WallTime now) {
  const auto parsed = ParseCertificate(issuer.certificate_pem);
  const auto above = ParseCertificate(root.certificate_pem);
  if (!parsed.ok() || !above.ok()) return false;
  const bool lasts =
      parsed->not_after - now > kIssuerRenewal || parsed->not_after >= above->not_after;
  return lasts && (CheckIssuedBy(issuer.certificate_pem, root.certificate_pem).ok() ||
                   CheckIssuedBy(issuer.certificate_pem, issuer.certificate_pem).ok());
}

// Below the root; or, where the root allows no CA below it, beside it.
Result<CertificateAuthority> LoadOrMakeIssuer(const std::string& dir,
                                              const CertificateAuthority& root,
                                              const std::string& passphrase, const Clock& clock) {
  const std::string base = dir + "/issuer";
  if (FileExists(base + ".key")) {
    auto issuer = LoadAuthority(base, passphrase, clock.Now());
    if (issuer.ok() && StillIssues(*issuer, root, clock.Now())) return issuer;
    if (issuer.status().reason() == StatusReason::kUnauthorized) return issuer;
  }
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate parsed, ParseCertificate(root.certificate_pem));
  CertificateProfile profile = AuthorityProfile("noizy-issuer", clock);
  profile.not_after = std::min(clock.Now() + kIssuerValidity, parsed.not_after);
  CertificateAuthority issuer;
  NOIZY_ASSIGN_OR_RETURN(issuer.private_key_pem, GenerateKey(KeySpec{}));
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(issuer.private_key_pem));
  NOIZY_ASSIGN_OR_RETURN(issuer.certificate_pem, parsed.path_length == 0
                                                     ? SelfSign(profile, issuer.private_key_pem)
                                                     : SignCertificate(root, profile, public_key));
  NOIZY_RETURN_IF_ERROR(SaveAuthority(base, issuer, passphrase));
  return issuer;
}

CertificateSubject ServerSubject(const std::string& hostname,
                                 const std::vector<std::string>& addresses) {
  CertificateSubject subject;
  subject.common_name = "noizy-server";
  subject.dns_names = {"localhost", "noizy"};
  if (!hostname.empty() && hostname != "localhost") subject.dns_names.push_back(hostname);
  subject.ip_addresses = {"127.0.0.1", "::1"};
  subject.ip_addresses.insert(subject.ip_addresses.end(), addresses.begin(), addresses.end());
  return subject;
}

// A leaf under `authority` over a new P-256 key.
Result<TlsIdentity> IssueLeaf(const CertificateAuthority& authority, CertificateProfile profile) {
  TlsIdentity leaf;
  NOIZY_ASSIGN_OR_RETURN(leaf.private_key_pem, GenerateKey(KeySpec{}));
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(leaf.private_key_pem));
  NOIZY_ASSIGN_OR_RETURN(leaf.certificate_pem, SignCertificate(authority, profile, public_key));
  return leaf;
}

bool StillServes(const std::string& pem, const CertificateSubject& wanted,
                 const std::string& ca_pem, WallTime now) {
  const Result<ParsedCertificate> certificate = ParseCertificate(pem);
  if (!certificate.ok()) return false;
  const bool lasts = certificate->not_after - now > kServerValidity / 3;
  return lasts && certificate->subject.dns_names == wanted.dns_names &&
         certificate->subject.ip_addresses == wanted.ip_addresses &&
         VerifyCertificate(pem, ca_pem, now, "server auth").ok();
}

// Behind the leaf comes the CA, so that a joining machine can check its hash.
TlsIdentity Shown(TlsIdentity leaf, const GridAuthorities& authorities) {
  leaf.certificate_pem =
      WithChain(authorities, leaf.certificate_pem) + authorities.current.certificate_pem;
  leaf.ca_pem = RootsOf(authorities);
  return leaf;
}

Result<TlsIdentity> LoadOrMakeServer(const std::string& dir, const GridAuthorities& authorities,
                                     const Clock& clock) {
  const CertificateAuthority& authority = authorities.current;
  const std::string certificate_path = dir + "/server.crt";
  const std::string key_path = dir + "/server.key";
  const HostFacts host = ReadHostFacts();
  const CertificateSubject subject = ServerSubject(host.hostname, host.addresses);
  if (FileExists(certificate_path) && FileExists(key_path)) {
    NOIZY_RETURN_IF_ERROR(RequirePrivate(key_path));
    TlsIdentity server;
    NOIZY_ASSIGN_OR_RETURN(server.certificate_pem, ReadFile(certificate_path));
    NOIZY_ASSIGN_OR_RETURN(server.private_key_pem, ReadFile(key_path));
    if (StillServes(server.certificate_pem, subject, authority.certificate_pem, clock.Now())) {
      NOIZY_ASSIGN_OR_RETURN(const auto chain, SplitCertificates(server.certificate_pem));
      server.certificate_pem = chain.front();
      return Shown(std::move(server), authorities);
    }
  }
  CertificateProfile profile;
  profile.subject = subject;
  profile.not_before = clock.Now() - kBackdate;
  profile.not_after = clock.Now() + kServerValidity;
  profile.usages = {"digital signature", "server auth"};
  NOIZY_ASSIGN_OR_RETURN(TlsIdentity server, IssueLeaf(authority, profile));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(key_path, server.private_key_pem));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(certificate_path, server.certificate_pem));
  return Shown(std::move(server), authorities);
}

// A new key would end every token that is out there.
Result<std::string> LoadOrMakeTokenKey(const std::string& dir) {
  const std::string path = dir + "/service-account.key";
  if (FileExists(path)) {
    NOIZY_RETURN_IF_ERROR(RequirePrivate(path));
    return ReadFile(path);
  }
  NOIZY_ASSIGN_OR_RETURN(const std::string key, GenerateKey(KeySpec{}));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(path, key));
  return key;
}

bool StillAdministers(const std::string& path, const GridIdentity& identity,
                      const std::string& server_url, WallTime now) {
  const Result<KubeconfigContext> context = LoadKubeconfig({path}, "");
  if (!context.ok() || context->http.base_url != server_url) return false;
  if (context->http.tls.ca_pem != RootsOf(identity.authorities)) return false;
  const Result<ParsedCertificate> certificate = ParseCertificate(context->http.tls.certificate_pem);
  return certificate.ok() && certificate->not_after - now > kAdminRenewal &&
         CheckIssuedBy(context->http.tls.certificate_pem,
                       identity.authorities.current.certificate_pem)
             .ok();
}

}  // namespace

std::string TrustedBy(const GridIdentity& identity) {
  const std::string& issuer = identity.issuer.certificate_pem;
  const bool by_itself = CheckIssuedBy(issuer, issuer).ok();
  return RootsOf(identity.authorities) + (by_itself ? issuer : "");
}

Result<GridIdentity> OpenGridIdentity(const std::string& data_dir, const AuthorityOptions& options,
                                      const Clock& clock) {
  const std::string dir = data_dir + "/pki";
  NOIZY_RETURN_IF_ERROR(MakeFolders(dir));
  GridIdentity identity;
  NOIZY_ASSIGN_OR_RETURN(identity.authorities,
                         OpenAuthorities(dir, options.key, options.passphrase, clock));
  const GridAuthorities& authorities = identity.authorities;
  NOIZY_ASSIGN_OR_RETURN(identity.issuer,
                         LoadOrMakeIssuer(dir, authorities.current, options.passphrase, clock));
  NOIZY_ASSIGN_OR_RETURN(identity.server, LoadOrMakeServer(dir, authorities, clock));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(dir + "/trusted-ca.crt", RootsOf(authorities)));
  NOIZY_ASSIGN_OR_RETURN(identity.token_key_pem, LoadOrMakeTokenKey(dir));
  return identity;
}

Result<TlsIdentity> IssueClient(const GridIdentity& identity, const std::string& user,
                                const std::vector<std::string>& groups, Duration validity,
                                const Clock& clock) {
  CertificateProfile profile;
  profile.subject.common_name = user;
  profile.subject.organizations = groups;
  profile.not_before = clock.Now() - kBackdate;
  profile.not_after = clock.Now() + validity;
  profile.usages = {"digital signature", "client auth"};
  NOIZY_ASSIGN_OR_RETURN(TlsIdentity client, IssueLeaf(identity.authorities.current, profile));
  return Shown(std::move(client), identity.authorities);
}

Status WriteAdminKubeconfig(const GridIdentity& identity, const std::string& path,
                            const std::string& server_url, const Clock& clock) {
  if (FileExists(path) && StillAdministers(path, identity, server_url, clock.Now()))
    return Status::Ok();
  NOIZY_ASSIGN_OR_RETURN(
      const TlsIdentity admin,
      IssueClient(identity, "noizy-admin", {"system:masters"}, kAdminValidity, clock));
  return WriteKubeconfig(path, "noizy", server_url, admin);
}

}  // namespace noizy
