#include <openssl/err.h>
#include <openssl/pem.h>

#include "machinery/pki/keys.h"
#include "machinery/pki/memo.h"
#include "machinery/pki/names.h"
#include "machinery/pki/pki.h"

namespace noizy {
namespace {

// No honest request is larger; parsing is done before anybody is authenticated.
constexpr std::size_t kMaxRequestBytes = 64 * 1024;

using ConstraintsHandle =
    std::unique_ptr<BASIC_CONSTRAINTS, openssl::Deleter<BASIC_CONSTRAINTS_free>>;

openssl::ExtensionHandle AuthorityConstraints() {
  const ConstraintsHandle constraints(BASIC_CONSTRAINTS_new());
  constraints->ca = 1;
  return openssl::ExtensionHandle(X509V3_EXT_i2d(NID_basic_constraints, 1, constraints.get()));
}

Status AddExtensions(const CertificateSubject& subject, CertificateRole role, X509_REQ* request) {
  NOIZY_ASSIGN_OR_RETURN(openssl::ExtensionHandle names, WriteAlternativeNames(subject));
  const openssl::ExtensionsHandle extensions(sk_X509_EXTENSION_new_null());
  if (names) sk_X509_EXTENSION_push(extensions.get(), names.release());
  if (role == CertificateRole::kAuthority)
    sk_X509_EXTENSION_push(extensions.get(), AuthorityConstraints().release());
  if (sk_X509_EXTENSION_num(extensions.get()) == 0) return Status::Ok();
  if (X509_REQ_add_extensions(request, extensions.get()) == 1) return Status::Ok();
  return openssl::ErrorFromQueue("could not add the extensions to a request");
}

Result<openssl::RequestHandle> ReadRequest(std::string_view pem) {
  if (pem.size() > kMaxRequestBytes) return BadRequest("a signing request has at most 64 KiB");
  ERR_clear_error();
  const openssl::Bio bio = openssl::ReadBio(pem);
  openssl::RequestHandle request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (!request) return openssl::InputErrorFromQueue("not a PEM signing request");
  return request;
}

Status ReadWishes(X509_REQ* request, SigningRequest& parsed) {
  ReadSubject(X509_REQ_get_subject_name(request), parsed.subject);
  const openssl::ExtensionsHandle extensions(X509_REQ_get_extensions(request));
  int found = 0;
  const openssl::GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &found, nullptr)));
  if (!names && found != -1) {  // -1: there is none
    return openssl::InputErrorFromQueue("the signing request's alternative names cannot be read");
  }
  ReadAlternativeNames(names.get(), parsed.subject);
  parsed.has_other_names = HasOtherNames(names.get());
  const ConstraintsHandle constraints(static_cast<BASIC_CONSTRAINTS*>(
      X509V3_get_d2i(extensions.get(), NID_basic_constraints, nullptr, nullptr)));
  if (constraints && constraints->ca != 0) parsed.role = CertificateRole::kAuthority;
  return Status::Ok();
}

Result<SigningRequest> ReadFacts(std::string_view csr_pem) {
  NOIZY_ASSIGN_OR_RETURN(const openssl::RequestHandle request, ReadRequest(csr_pem));
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr) return openssl::InputErrorFromQueue("the signing request has no usable key");
  SigningRequest parsed;
  NOIZY_ASSIGN_OR_RETURN(parsed.key, KeySpecOf(key));
  if (X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return BadRequest("the signing request's signature is not by its own key");
  }
  NOIZY_ASSIGN_OR_RETURN(parsed.public_key_der, openssl::PublicKeyDer(key));
  NOIZY_RETURN_IF_ERROR(ReadWishes(request.get(), parsed));
  return parsed;
}

}  // namespace

Result<std::string> CreateSigningRequest(const CertificateSubject& subject,
                                         std::string_view private_key_pem, CertificateRole role) {
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key, openssl::ReadPrivateKey(private_key_pem));
  const openssl::RequestHandle request(X509_REQ_new());
  X509_REQ_set_version(request.get(), X509_REQ_VERSION_1);
  X509_REQ_set_pubkey(request.get(), key.get());
  NOIZY_RETURN_IF_ERROR(WriteSubject(subject, X509_REQ_get_subject_name(request.get())));
  NOIZY_RETURN_IF_ERROR(AddExtensions(subject, role, request.get()));
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  if (X509_REQ_sign(request.get(), key.get(), SigningDigest(key.get())) <= 0 ||
      PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
    return openssl::ErrorFromQueue("could not sign a request");
  }
  return openssl::TextOf(bio.get());
}

Result<SigningRequest> ParseSigningRequest(std::string_view csr_pem) {
  static Memo<SigningRequest> known(kTextsRemembered);
  return known.Of(csr_pem, ReadFacts);
}

}  // namespace noizy
