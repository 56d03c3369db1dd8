#include "controllers/certificate_signer/rules.h"

#include <algorithm>
#include <initializer_list>

#include "machinery/value/base64.h"

namespace noizy::certificate_signer {
namespace {

constexpr std::string_view kNodePrefix = "system:node:";
constexpr std::string_view kNodesGroup = "system:nodes";
constexpr std::string_view kMastersGroup = "system:masters";

bool OnlyOf(const std::vector<std::string>& usages,
            std::initializer_list<std::string_view> allowed) {
  return std::ranges::all_of(usages, [&](const std::string& usage) {
    return std::ranges::find(allowed, usage) != allowed.end();
  });
}

bool Has(const std::vector<std::string>& usages, std::string_view usage) {
  return std::ranges::find(usages, usage) != usages.end();
}

bool HasAlternativeNames(const CertificateSubject& subject) {
  return !subject.dns_names.empty() || !subject.ip_addresses.empty() || !subject.uris.empty() ||
         !subject.email_addresses.empty();
}

bool IsNodeName(const CertificateSubject& subject) {
  return subject.organizations == std::vector<std::string>{std::string(kNodesGroup)} &&
         subject.common_name.starts_with(kNodePrefix) &&
         subject.common_name.size() > kNodePrefix.size();
}

// An identity to the API has these usages and no others.
Status CheckClientUsages(const std::vector<std::string>& usages) {
  const bool fits = Has(usages, "client auth") &&
                    OnlyOf(usages, {"client auth", "digital signature", "key encipherment"});
  if (fits) return Status::Ok();
  return Forbidden(
      "this signer signs for client auth, digital signature and key encipherment, and client auth "
      "must be asked for");
}

Status CheckUser(const CertificateSubject& subject) {
  if (subject.common_name.empty()) return Forbidden("a user's certificate needs a common name");
  if (Has(subject.organizations, kMastersGroup))
    return Forbidden("the group system:masters is not given by request");
  if (subject.common_name.starts_with("system:") || Has(subject.organizations, kNodesGroup))
    return Forbidden("names that begin with system: are the grid's own");
  return Status::Ok();
}

Status CheckIdentity(std::string_view signer, const std::vector<std::string>& usages,
                     const SigningRequest& parsed) {
  if (parsed.role == CertificateRole::kAuthority)
    return Forbidden("this signer makes no authorities");
  if (HasAlternativeNames(parsed.subject))
    return Forbidden("identities have a subject, and no alternative names");
  NOIZY_RETURN_IF_ERROR(CheckClientUsages(usages));
  if (signer == kClientSigner) return CheckUser(parsed.subject);
  if (IsNodeName(parsed.subject)) return Status::Ok();
  return Forbidden("a node's certificate is for CN=system:node:NAME, O=system:nodes");
}

}  // namespace

bool IsOurs(std::string_view signer) {
  return signer == kClientSigner || signer == kNodeSigner || signer == kCertificateSigner;
}

Result<SigningRequest> RequestIn(const CertificateSigningRequestSpec& spec) {
  NOIZY_ASSIGN_OR_RETURN(const std::string pem, DecodeBase64(spec.request));
  return ParseSigningRequest(pem);
}

Result<CertificateProfile> ProfileFor(const CertificateSigningRequestSpec& request,
                                      const SigningRequest& parsed, WallTime now) {
  if (parsed.has_other_names)
    return Forbidden("the request has alternative names of a kind that is not signed here");
  const bool identity = request.signer_name != kCertificateSigner;
  if (identity) NOIZY_RETURN_IF_ERROR(CheckIdentity(request.signer_name, request.usages, parsed));
  const Duration most = request.signer_name == kNodeSigner ? kNodeValidity : kClientValidity;
  Duration validity = request.expiration_seconds
                          ? Duration(std::chrono::seconds(*request.expiration_seconds))
                          : most;
  if (identity) validity = std::min(validity, most);
  CertificateProfile profile;
  profile.subject = parsed.subject;
  profile.usages = request.usages;
  profile.is_ca = parsed.role == CertificateRole::kAuthority;
  profile.not_before = now - kBackdate;
  profile.not_after = now + validity;
  return profile;
}

bool IsNodesOwn(const CertificateSigningRequestSpec& request, const SigningRequest& parsed) {
  return request.signer_name == kNodeSigner && IsNodeName(parsed.subject) &&
         request.username == parsed.subject.common_name && Has(request.groups, kNodesGroup) &&
         CheckIdentity(request.signer_name, request.usages, parsed).ok();
}

}  // namespace noizy::certificate_signer
