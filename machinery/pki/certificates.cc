#include <openssl/err.h>

#include <array>

#include "machinery/pki/hex.h"
#include "machinery/pki/memo.h"
#include "machinery/pki/names.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/times.h"
#include "machinery/pki/usages.h"

namespace noizy {
namespace {

using openssl::X509Handle;

std::string LowerHex(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return Hex(bytes);
}

std::string SerialOf(X509* certificate) {
  const openssl::NumberHandle number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  return number ? LowerHex(number.get()) : std::string();
}

Result<std::string> DerOf(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  const openssl::Memory owner(reinterpret_cast<char*>(der));
  if (size <= 0) return openssl::ErrorFromQueue("could not encode a certificate");
  return std::string(owner.get(), static_cast<std::size_t>(size));
}

Result<X509Handle> ReadFirst(std::string_view pem) {
  NOIZY_ASSIGN_OR_RETURN(auto certificates, openssl::ReadCertificates(pem));
  return std::move(certificates.front());
}

Result<ParsedCertificate> ReadFacts(std::string_view pem) {
  NOIZY_ASSIGN_OR_RETURN(const X509Handle x509, ReadFirst(pem));
  ParsedCertificate certificate;
  ReadSubject(X509_get_subject_name(x509.get()), certificate.subject);
  CertificateSubject issuer;
  ReadSubject(X509_get_issuer_name(x509.get()), issuer);
  certificate.issuer_common_name = std::move(issuer.common_name);
  int found = 0;
  const openssl::GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(x509.get(), NID_subject_alt_name, &found, nullptr)));
  if (!names && found != -1) {  // -1: there is none
    return openssl::InputErrorFromQueue("the certificate's alternative names cannot be read");
  }
  ReadAlternativeNames(names.get(), certificate.subject);
  certificate.serial = SerialOf(x509.get());
  NOIZY_ASSIGN_OR_RETURN(certificate.not_before, TimeOf(X509_get0_notBefore(x509.get())));
  NOIZY_ASSIGN_OR_RETURN(certificate.not_after, TimeOf(X509_get0_notAfter(x509.get())));
  certificate.is_ca = X509_check_ca(x509.get()) == 1;
  certificate.path_length = static_cast<int>(X509_get_pathlen(x509.get()));
  NOIZY_ASSIGN_OR_RETURN(const std::string der, DerOf(x509.get()));
  certificate.fingerprint_sha256 = Sha256Hex(der);
  certificate.usages = ReadUsages(x509.get());
  NOIZY_ASSIGN_OR_RETURN(certificate.public_key_der,
                         openssl::PublicKeyDer(X509_get0_pubkey(x509.get())));
  return certificate;
}

Result<std::vector<std::string>> Split(std::string_view pem) {
  NOIZY_ASSIGN_OR_RETURN(const auto certificates, openssl::ReadCertificates(pem));
  std::vector<std::string> texts;
  for (const X509Handle& certificate : certificates) {
    NOIZY_ASSIGN_OR_RETURN(std::string text, openssl::CertificatePem(certificate.get()));
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace

Result<WallTime> TimeOf(const ASN1_TIME* time) {
  const std::unique_ptr<ASN1_TIME, openssl::Deleter<ASN1_TIME_free>> epoch(
      ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    return openssl::InputErrorFromQueue("a certificate's validity cannot be read");
  }
  constexpr int kMaxDays = 106'000;  // 2260: int64 nanoseconds end in 2262
  if (days > kMaxDays) return WallTime::max();
  if (days < -kMaxDays) return WallTime::min();
  return WallTime(std::chrono::hours(24) * days + std::chrono::seconds(seconds));
}

Result<ParsedCertificate> ParseCertificate(std::string_view pem) {
  static Memo<ParsedCertificate> known(kTextsRemembered);
  return known.Of(pem, ReadFacts);
}

Result<std::vector<std::string>> SplitCertificates(std::string_view pem) {
  static Memo<std::vector<std::string>> known(kTextsRemembered);
  return known.Of(pem, Split);
}

Result<std::string> PublicKeyHash(std::string_view certificate_pem) {
  NOIZY_ASSIGN_OR_RETURN(const X509Handle certificate, ReadFirst(certificate_pem));
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr) return openssl::InputErrorFromQueue("the certificate has no usable key");
  NOIZY_ASSIGN_OR_RETURN(const std::string der, openssl::PublicKeyDer(key));
  return "sha256:" + Sha256Hex(der);
}

}  // namespace noizy
