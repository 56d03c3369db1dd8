#include "cmd/noizy/grid_identity.h"

#include <algorithm>

#include "machinery/client/kubeconfig.h"
#include "machinery/os/files.h"
#include "machinery/os/host.h"

namespace noizy {
namespace {

using std::chrono::hours;

constexpr Duration kDay = hours(24);
constexpr Duration kAuthorityValidity = 3650 * kDay;
constexpr Duration kServerValidity = 365 * kDay;
constexpr Duration kAdminValidity = 365 * kDay;
constexpr Duration kAdminRenewal = 30 * kDay;
// Machines whose clocks run a little behind must not find a new certificate "not yet valid".
constexpr Duration kBackdate = std::chrono::minutes(5);

Result<CertificateAuthority> LoadOrMakeAuthority(const std::string& dir, const Clock& clock) {
  const std::string certificate_path = dir + "/ca.crt";
  const std::string key_path = dir + "/ca.key";
  if (FileExists(key_path)) {
    NOIZY_RETURN_IF_ERROR(RequirePrivate(key_path));
    CertificateAuthority authority;
    NOIZY_ASSIGN_OR_RETURN(authority.certificate_pem, ReadFile(certificate_path));
    NOIZY_ASSIGN_OR_RETURN(authority.private_key_pem, ReadFile(key_path));
    return authority;
  }
  CertificateProfile profile;
  profile.subject.common_name = "noizy-ca";
  profile.not_before = clock.Now() - kBackdate;
  profile.not_after = clock.Now() + kAuthorityValidity;
  profile.is_ca = true;
  profile.usages = {"digital signature", "cert sign", "crl sign"};
  NOIZY_ASSIGN_OR_RETURN(CertificateAuthority authority, CreateAuthority(profile, KeySpec{}));
  // The certificate first: a CA is there once its key is.
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(certificate_path, authority.certificate_pem));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(key_path, authority.private_key_pem));
  return authority;
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

// A leaf under `authority` over a new P-256 key; the chain carries the CA.
Result<TlsIdentity> IssueLeaf(const CertificateAuthority& authority, CertificateProfile profile) {
  TlsIdentity leaf;
  NOIZY_ASSIGN_OR_RETURN(leaf.private_key_pem, GenerateKey(KeySpec{}));
  NOIZY_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(leaf.private_key_pem));
  NOIZY_ASSIGN_OR_RETURN(leaf.certificate_pem, SignCertificate(authority, profile, public_key));
  leaf.certificate_pem += authority.certificate_pem;
  leaf.ca_pem = authority.certificate_pem;
  return leaf;
}

bool StillServes(const std::string& pem, const CertificateSubject& wanted,
                 const std::string& ca_pem, WallTime now) {
  const Result<Certificate> certificate = ParseCertificate(pem);
  if (!certificate.ok()) return false;
  const bool lasts = certificate->not_after - now > kServerValidity / 3;
  return lasts && certificate->subject.dns_names == wanted.dns_names &&
         certificate->subject.ip_addresses == wanted.ip_addresses &&
         VerifyCertificate(pem, ca_pem, now, "server auth").ok();
}

Result<TlsIdentity> LoadOrMakeServer(const std::string& dir, const CertificateAuthority& authority,
                                     const Clock& clock) {
  const std::string certificate_path = dir + "/server.crt";
  const std::string key_path = dir + "/server.key";
  const HostFacts host = ReadHostFacts();
  const CertificateSubject subject = ServerSubject(host.hostname, host.addresses);
  if (FileExists(certificate_path) && FileExists(key_path)) {
    TlsIdentity server;
    NOIZY_ASSIGN_OR_RETURN(server.certificate_pem, ReadFile(certificate_path));
    NOIZY_ASSIGN_OR_RETURN(server.private_key_pem, ReadFile(key_path));
    server.ca_pem = authority.certificate_pem;
    if (StillServes(server.certificate_pem, subject, server.ca_pem, clock.Now())) return server;
  }
  CertificateProfile profile;
  profile.subject = subject;
  profile.not_before = clock.Now() - kBackdate;
  profile.not_after = clock.Now() + kServerValidity;
  profile.usages = {"digital signature", "server auth"};
  NOIZY_ASSIGN_OR_RETURN(TlsIdentity server, IssueLeaf(authority, profile));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(key_path, server.private_key_pem));
  NOIZY_RETURN_IF_ERROR(WriteFileAtomically(certificate_path, server.certificate_pem));
  return server;
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
  if (context->http.tls.ca_pem != identity.authority.certificate_pem) return false;
  const Result<Certificate> certificate = ParseCertificate(context->http.tls.certificate_pem);
  return certificate.ok() && certificate->not_after - now > kAdminRenewal;
}

}  // namespace

Result<GridIdentity> OpenGridIdentity(const std::string& data_dir, const Clock& clock) {
  const std::string dir = data_dir + "/pki";
  NOIZY_RETURN_IF_ERROR(MakeFolders(dir));
  GridIdentity identity;
  NOIZY_ASSIGN_OR_RETURN(identity.authority, LoadOrMakeAuthority(dir, clock));
  NOIZY_ASSIGN_OR_RETURN(identity.server, LoadOrMakeServer(dir, identity.authority, clock));
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
  return IssueLeaf(identity.authority, profile);
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
