// Certificate revocation lists (RFC 5280 §5).
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "machinery/pki/hex.h"
#include "machinery/pki/keys.h"
#include "machinery/pki/names.h"
#include "machinery/pki/times.h"

namespace noizy {
namespace {

using CrlHandle = std::unique_ptr<X509_CRL, openssl::Deleter<X509_CRL_free>>;
using RevokedHandle = std::unique_ptr<X509_REVOKED, openssl::Deleter<X509_REVOKED_free>>;
using IntegerHandle = std::unique_ptr<ASN1_INTEGER, openssl::Deleter<ASN1_INTEGER_free>>;
using TimeHandle = std::unique_ptr<ASN1_TIME, openssl::Deleter<ASN1_TIME_free>>;

Result<IntegerHandle> SerialNumber(const std::string& hex) {
  BIGNUM* raw = nullptr;
  const int digits = hex.empty() ? 0 : BN_hex2bn(&raw, hex.c_str());
  const openssl::NumberHandle number(raw);
  if (digits != static_cast<int>(hex.size()) || digits == 0)
    return BadRequest("\"" + hex + "\" is no serial number in hexadecimal");
  return IntegerHandle(BN_to_ASN1_INTEGER(number.get(), nullptr));
}

Result<TimeHandle> TimeValue(WallTime time) {
  TimeHandle value(ASN1_TIME_set(nullptr, SecondsOf(time)));
  if (!value) return openssl::ErrorFromQueue("could not set a time");
  return value;
}

Status AddRevoked(const RevokedCertificate& revoked, X509_CRL* crl) {
  NOIZY_ASSIGN_OR_RETURN(const IntegerHandle serial, SerialNumber(revoked.serial));
  NOIZY_ASSIGN_OR_RETURN(const TimeHandle time, TimeValue(revoked.revoked));
  RevokedHandle entry(X509_REVOKED_new());
  if (X509_REVOKED_set_serialNumber(entry.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(entry.get(), time.get()) != 1 ||
      X509_CRL_add0_revoked(crl, entry.get()) != 1) {
    return openssl::ErrorFromQueue("could not add to a revocation list");
  }
  (void)entry.release();  // the list owns it now
  return Status::Ok();
}

// Number and key identifier: RFC 5280 wants both of every CRL.
Status AddCrlExtensions(X509* issuer, std::int64_t number, X509_CRL* crl) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, crl, 0);
  const openssl::ExtensionHandle key_id(
      X509V3_EXT_nconf_nid(nullptr, &context, NID_authority_key_identifier, "keyid"));
  const IntegerHandle value(ASN1_INTEGER_new());
  if (!key_id || X509_CRL_add_ext(crl, key_id.get(), -1) != 1 ||
      ASN1_INTEGER_set_int64(value.get(), number) != 1 ||
      X509_CRL_add1_ext_i2d(crl, NID_crl_number, value.get(), 0, 0) != 1) {
    return openssl::ErrorFromQueue("could not number a revocation list");
  }
  return Status::Ok();
}

Status SetTimes(const RevocationList& list, X509_CRL* crl) {
  NOIZY_ASSIGN_OR_RETURN(const TimeHandle this_update, TimeValue(list.this_update));
  NOIZY_ASSIGN_OR_RETURN(const TimeHandle next_update, TimeValue(list.next_update));
  if (X509_CRL_set1_lastUpdate(crl, this_update.get()) != 1 ||
      X509_CRL_set1_nextUpdate(crl, next_update.get()) != 1) {
    return openssl::ErrorFromQueue("could not set the times of a revocation list");
  }
  return Status::Ok();
}

std::string SerialText(const ASN1_INTEGER* serial) {
  const openssl::NumberHandle number(ASN1_INTEGER_to_BN(serial, nullptr));
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return Hex(bytes);
}

Status ReadRevoked(X509_CRL* crl, std::vector<RevokedCertificate>& revoked) {
  STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl);
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    NOIZY_ASSIGN_OR_RETURN(const WallTime time, TimeOf(X509_REVOKED_get0_revocationDate(entry)));
    revoked.push_back({SerialText(X509_REVOKED_get0_serialNumber(entry)), time});
  }
  std::sort(revoked.begin(), revoked.end());
  return Status::Ok();
}

std::int64_t NumberOf(X509_CRL* crl) {
  const IntegerHandle number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(crl, NID_crl_number, nullptr, nullptr)));
  std::int64_t value = 0;
  if (number) ASN1_INTEGER_get_int64(&value, number.get());
  return value;
}

}  // namespace

Result<std::string> CreateRevocationList(const CertificateAuthority& authority,
                                         const RevocationList& list) {
  NOIZY_ASSIGN_OR_RETURN(const auto issuers, openssl::ReadCertificates(authority.certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key,
                         openssl::ReadPrivateKey(authority.private_key_pem));
  X509* issuer = issuers.front().get();
  const CrlHandle crl(X509_CRL_new());
  if (X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) != 1 ||
      X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer)) != 1) {
    return openssl::ErrorFromQueue("could not make a revocation list");
  }
  NOIZY_RETURN_IF_ERROR(SetTimes(list, crl.get()));
  for (const RevokedCertificate& revoked : list.revoked)
    NOIZY_RETURN_IF_ERROR(AddRevoked(revoked, crl.get()));
  X509_CRL_sort(crl.get());
  NOIZY_RETURN_IF_ERROR(AddCrlExtensions(issuer, list.number, crl.get()));
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  if (X509_CRL_sign(crl.get(), key.get(), SigningDigest(key.get())) <= 0 ||
      PEM_write_bio_X509_CRL(bio.get(), crl.get()) != 1) {
    return openssl::ErrorFromQueue("could not sign a revocation list");
  }
  return openssl::TextOf(bio.get());
}

Result<RevocationList> ReadRevocationList(std::string_view crl_pem, std::string_view issuer_pem) {
  ERR_clear_error();
  const openssl::Bio bio = openssl::ReadBio(crl_pem);
  const CrlHandle crl(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  if (!crl) return openssl::InputErrorFromQueue("not a PEM revocation list");
  NOIZY_ASSIGN_OR_RETURN(const auto issuers, openssl::ReadCertificates(issuer_pem));
  const int verified = X509_CRL_verify(crl.get(), X509_get0_pubkey(issuers.front().get()));
  ERR_clear_error();
  if (verified != 1) return Unauthorized("the revocation list was not signed by its issuer");
  RevocationList list;
  CertificateSubject issuer;
  ReadSubject(X509_CRL_get_issuer(crl.get()), issuer);
  list.issuer_common_name = std::move(issuer.common_name);
  list.number = NumberOf(crl.get());
  NOIZY_ASSIGN_OR_RETURN(list.this_update, TimeOf(X509_CRL_get0_lastUpdate(crl.get())));
  NOIZY_ASSIGN_OR_RETURN(list.next_update, TimeOf(X509_CRL_get0_nextUpdate(crl.get())));
  NOIZY_RETURN_IF_ERROR(ReadRevoked(crl.get(), list.revoked));
  return list;
}

}  // namespace noizy
