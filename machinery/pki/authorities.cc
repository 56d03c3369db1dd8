// Authorities made elsewhere, and who signed whom.
#include <openssl/err.h>

#include <algorithm>

#include "machinery/pki/keys.h"
#include "machinery/pki/memo.h"
#include "machinery/pki/times.h"

namespace noizy {
namespace {

using openssl::X509Handle;

bool Signed(X509* issuer, X509* certificate) {
  const bool is_issuer =
      X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) == 0 &&
      X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
  ERR_clear_error();
  return is_issuer;
}

bool IsSelfSigned(X509* certificate) {
  return X509_self_signed(certificate, 1) == 1;
}

Status CheckMaySign(X509* certificate, WallTime now) {
  const bool says_ca = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
  if (says_ca && (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) == 0)
    return BadRequest("the CA's certificate has no key usage \"cert sign\"");
  if (X509_check_ca(certificate) != 1) {
    return BadRequest(
        "the certificate is not a CA's: it needs the basic constraint CA:TRUE (openssl req -x509 "
        "-addext basicConstraints=critical,CA:TRUE)");
  }
  time_t seconds = SecondsOf(now);
  if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0)
    return BadRequest("the CA's certificate is not valid yet");
  if (X509_cmp_time(X509_get0_notAfter(certificate), &seconds) < 0)
    return BadRequest("the CA's certificate has expired");
  return Status::Ok();
}

}  // namespace

Result<CertificateAuthority> ReadAuthority(std::string_view certificate_pem,
                                           std::string_view private_key_pem,
                                           std::string_view passphrase, WallTime now) {
  CertificateAuthority authority;
  NOIZY_ASSIGN_OR_RETURN(const auto chain, openssl::ReadCertificates(certificate_pem));
  for (const X509Handle& certificate : chain) {
    NOIZY_ASSIGN_OR_RETURN(const std::string pem, openssl::CertificatePem(certificate.get()));
    authority.certificate_pem += pem;
  }
  NOIZY_RETURN_IF_ERROR(CheckMaySign(chain.front().get(), now));
  NOIZY_ASSIGN_OR_RETURN(authority.private_key_pem, DecryptPrivateKey(private_key_pem, passphrase));
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key,
                         openssl::ReadPrivateKey(authority.private_key_pem));
  NOIZY_RETURN_IF_ERROR(KeySpecOf(key.get()).status());
  if (X509_check_private_key(chain.front().get(), key.get()) != 1) {
    ERR_clear_error();
    return BadRequest("the private key does not belong to the CA's certificate");
  }
  return authority;
}

Result<CertificateAuthority> ReadRoot(std::string_view certificate_pem,
                                      std::string_view private_key_pem, std::string_view passphrase,
                                      WallTime now) {
  NOIZY_ASSIGN_OR_RETURN(CertificateAuthority authority,
                         ReadAuthority(certificate_pem, private_key_pem, passphrase, now));
  NOIZY_ASSIGN_OR_RETURN(const auto chain, SplitCertificates(authority.certificate_pem));
  if (chain.size() != 1 || !CheckIssuedBy(chain.front(), chain.front()).ok())
    return BadRequest(
        "the grid's CA must be a root, one self-signed certificate: below another root, whatever "
        "else that one signs would be an identity to the grid");
  return authority;
}

Result<std::string> ChainOf(std::string_view leaf_pem, std::string_view issuers_pem) {
  NOIZY_ASSIGN_OR_RETURN(const auto own, openssl::ReadCertificates(leaf_pem));
  std::vector<X509Handle> known;
  if (!issuers_pem.empty()) {
    NOIZY_ASSIGN_OR_RETURN(known, openssl::ReadCertificates(issuers_pem));
  }
  std::vector<X509*> candidates;
  for (std::size_t i = 1; i < own.size(); ++i) candidates.push_back(own[i].get());
  for (const X509Handle& issuer : known) candidates.push_back(issuer.get());
  X509* at = own.front().get();
  NOIZY_ASSIGN_OR_RETURN(std::string chain, openssl::CertificatePem(at));
  // Each step takes one candidate at most, so this ends.
  for (std::size_t steps = candidates.size(); steps > 0 && !IsSelfSigned(at); --steps) {
    const auto issuer = std::find_if(candidates.begin(), candidates.end(),
                                     [at](X509* candidate) { return Signed(candidate, at); });
    if (issuer == candidates.end() || IsSelfSigned(*issuer)) break;
    at = *issuer;
    NOIZY_ASSIGN_OR_RETURN(const std::string pem, openssl::CertificatePem(at));
    chain += pem;
  }
  return chain;
}

Status CheckIssuedBy(std::string_view certificate_pem, std::string_view issuer_pem) {
  struct Issued {};
  static Memo<Issued> known(kTextsRemembered);
  // No PEM text holds a zero byte.
  const std::string both = std::string(certificate_pem).append(1, '\0').append(issuer_pem);
  return known
      .Of(both,
          [&](std::string_view) -> Result<Issued> {
            NOIZY_ASSIGN_OR_RETURN(const auto leaf, openssl::ReadCertificates(certificate_pem));
            NOIZY_ASSIGN_OR_RETURN(const auto issuers, openssl::ReadCertificates(issuer_pem));
            if (Signed(issuers.front().get(), leaf.front().get())) return Issued();
            return Unauthorized("the certificate was signed by another issuer");
          })
      .status();
}

}  // namespace noizy
