#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "machinery/pki/keys.h"
#include "machinery/pki/names.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/times.h"
#include "machinery/pki/usages.h"

namespace noizy {
namespace {

using openssl::X509Handle;

// Random, so that it is unique without a counter; RFC 5280 wants it positive and at most 20 bytes.
Status SetSerial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return openssl::ErrorFromQueue("no random serial number");
  }
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // 127 bits, no leading zero
  const openssl::NumberHandle number(
      BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  if (BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return openssl::ErrorFromQueue("could not set the serial number");
  }
  return Status::Ok();
}

Status SetTime(ASN1_TIME* field, WallTime time) {
  if (ASN1_TIME_set(field, SecondsOf(time)) == nullptr) {
    return openssl::ErrorFromQueue("could not set the validity");
  }
  return Status::Ok();
}

Status AddBasicConstraints(const CertificateProfile& profile, X509* certificate) {
  const std::unique_ptr<BASIC_CONSTRAINTS, openssl::Deleter<BASIC_CONSTRAINTS_free>> constraints(
      BASIC_CONSTRAINTS_new());
  constraints->ca = profile.is_ca ? 0xff : 0;
  if (profile.is_ca && profile.path_length >= 0) {
    constraints->pathlen = ASN1_INTEGER_new();
    ASN1_INTEGER_set(constraints->pathlen, profile.path_length);
  }
  if (X509_add1_ext_i2d(certificate, NID_basic_constraints, constraints.get(), 1,
                        X509V3_ADD_APPEND) != 1) {
    return openssl::ErrorFromQueue("could not add the basic constraints");
  }
  return Status::Ok();
}

Status AddUsages(const CertificateProfile& profile, X509* certificate) {
  NOIZY_ASSIGN_OR_RETURN(UsageBits usages, ParseUsages(profile.usages));
  if (profile.is_ca) {
    usages.key_usage |= KU_KEY_CERT_SIGN;
  } else if ((usages.key_usage & KU_KEY_CERT_SIGN) != 0) {
    return BadRequest("the usage \"cert sign\" is for CA certificates only (RFC 5280)");
  }
  return WriteUsages(usages, certificate);
}

// Key identifiers tell which of two CAs of one name signed: without them a CA's renewal is
// guesswork. A subject's that is there already stays.
Status AddKeyIdentifiers(X509* issuer, X509* certificate) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : {std::pair(NID_subject_key_identifier, "hash"),
                                   std::pair(NID_authority_key_identifier, "keyid")}) {
    if (X509_get_ext_by_NID(certificate, nid, -1) >= 0) continue;
    const openssl::ExtensionHandle extension(X509V3_EXT_nconf_nid(nullptr, &context, nid, value));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
      return openssl::ErrorFromQueue("could not add a key identifier");
    }
  }
  return Status::Ok();
}

// Everything of the profile but issuer, identifiers and signature.
Result<X509Handle> Draft(const CertificateProfile& profile, EVP_PKEY* public_key) {
  if (profile.not_after <= profile.not_before) {
    return BadRequest("a certificate's notAfter must be later than its notBefore");
  }
  X509Handle draft(X509_new());
  X509_set_version(draft.get(), X509_VERSION_3);
  X509_set_pubkey(draft.get(), public_key);
  NOIZY_RETURN_IF_ERROR(SetSerial(draft.get()));
  NOIZY_RETURN_IF_ERROR(SetTime(X509_getm_notBefore(draft.get()), profile.not_before));
  NOIZY_RETURN_IF_ERROR(SetTime(X509_getm_notAfter(draft.get()), profile.not_after));
  NOIZY_RETURN_IF_ERROR(WriteSubject(profile.subject, X509_get_subject_name(draft.get())));
  NOIZY_RETURN_IF_ERROR(AddBasicConstraints(profile, draft.get()));
  NOIZY_RETURN_IF_ERROR(AddUsages(profile, draft.get()));
  NOIZY_ASSIGN_OR_RETURN(const openssl::ExtensionHandle names,
                         WriteAlternativeNames(profile.subject));
  if (names && X509_add_ext(draft.get(), names.get(), -1) != 1) {
    return openssl::ErrorFromQueue("could not add the alternative names");
  }
  return draft;
}

// Ways to name a key's identifier differ (SHA-1, SHA-256 cut short, a number), and what a CA signs
// names it as the CA's certificate does.
Status CopyKeyIdentifier(const X509* from, X509* to) {
  const int at = X509_get_ext_by_NID(from, NID_subject_key_identifier, -1);
  if (at < 0 || X509_add_ext(to, X509_get_ext(from, at), -1) == 1) return Status::Ok();
  return openssl::ErrorFromQueue("could not copy a key identifier");
}

Result<std::string> Finish(X509* draft, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(draft, X509_get_subject_name(issuer));
  NOIZY_RETURN_IF_ERROR(AddKeyIdentifiers(issuer, draft));
  if (X509_sign(draft, issuer_key, SigningDigest(issuer_key)) <= 0) {
    return openssl::ErrorFromQueue("could not sign a certificate");
  }
  return openssl::CertificatePem(draft);
}

}  // namespace

Result<CertificateAuthority> CreateAuthority(const CertificateProfile& profile,
                                             const KeySpec& key_spec) {
  if (!profile.is_ca) return BadRequest("an authority's profile must say is_ca");
  CertificateAuthority authority;
  NOIZY_ASSIGN_OR_RETURN(authority.private_key_pem, GenerateKey(key_spec));
  NOIZY_ASSIGN_OR_RETURN(authority.certificate_pem, SelfSign(profile, authority.private_key_pem));
  return authority;
}

Result<std::string> SelfSign(const CertificateProfile& profile, std::string_view private_key_pem) {
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key, openssl::ReadPrivateKey(private_key_pem));
  NOIZY_RETURN_IF_ERROR(KeySpecOf(key.get()).status());
  NOIZY_ASSIGN_OR_RETURN(const X509Handle draft, Draft(profile, key.get()));
  return Finish(draft.get(), draft.get(), key.get());
}

Result<std::string> SignCertificate(const CertificateAuthority& authority,
                                    const CertificateProfile& profile,
                                    std::string_view public_key_der) {
  NOIZY_ASSIGN_OR_RETURN(const auto issuers, openssl::ReadCertificates(authority.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key issuer_key,
                         openssl::ReadPrivateKey(authority.private_key_pem));
  X509* issuer = issuers.front().get();
  if (X509_check_ca(issuer) != 1) return BadRequest("the issuer's certificate is not a CA's");
  if (X509_check_private_key(issuer, issuer_key.get()) != 1) {
    ERR_clear_error();
    return BadRequest("the issuer's private key does not belong to its certificate");
  }
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key subject_key, openssl::ReadPublicKey(public_key_der));
  NOIZY_RETURN_IF_ERROR(KeySpecOf(subject_key.get()).status());
  NOIZY_ASSIGN_OR_RETURN(const X509Handle draft, Draft(profile, subject_key.get()));
  return Finish(draft.get(), issuer, issuer_key.get());
}

// Name, key, its identifier and usages are the certificate's own: a chain is built by them.
Result<std::string> CrossSign(const CertificateAuthority& authority,
                              std::string_view certificate_pem) {
  NOIZY_ASSIGN_OR_RETURN(const auto issuers, openssl::ReadCertificates(authority.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key issuer_key,
                         openssl::ReadPrivateKey(authority.private_key_pem));
  NOIZY_ASSIGN_OR_RETURN(const auto subjects, openssl::ReadCertificates(certificate_pem));
  X509* const subject = subjects.front().get();
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate parsed, ParseCertificate(certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const ParsedCertificate above,
                         ParseCertificate(authority.certificate_pem));
  if (!parsed.is_ca || above.path_length == 0)
    return BadRequest("only a CA, by a CA that allows others below it, can be cross-signed");
  CertificateProfile profile;
  profile.is_ca = true;
  profile.path_length = parsed.path_length;
  profile.usages = parsed.usages;
  profile.not_before = std::max(parsed.not_before, above.not_before);
  profile.not_after = std::min(parsed.not_after, above.not_after);
  NOIZY_ASSIGN_OR_RETURN(const X509Handle draft, Draft(profile, X509_get0_pubkey(subject)));
  X509_set_subject_name(draft.get(), X509_get_subject_name(subject));
  NOIZY_RETURN_IF_ERROR(CopyKeyIdentifier(subject, draft.get()));
  return Finish(draft.get(), issuers.front().get(), issuer_key.get());
}

}  // namespace noizy
