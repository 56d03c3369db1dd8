#include <openssl/err.h>

#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/times.h"
#include "machinery/pki/usages.h"

namespace noizy {
namespace {

using openssl::X509Handle;

Result<openssl::StoreHandle> TrustStore(std::string_view ca_pem) {
  NOIZY_ASSIGN_OR_RETURN(const std::vector<X509Handle> roots, openssl::ReadCertificates(ca_pem));
  openssl::StoreHandle store(X509_STORE_new());
  for (const X509Handle& root : roots) {
    if (X509_STORE_add_cert(store.get(), root.get()) != 1) {
      return openssl::ErrorFromQueue("could not trust a CA certificate");
    }
  }
  return store;
}

// All but the leaf: what a chain to the roots may be built from.
openssl::Chain Intermediates(const std::vector<X509Handle>& chain) {
  openssl::Chain stack(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(stack.get(), chain[i].get());
  return stack;
}

}  // namespace

Status VerifyCertificate(std::string_view certificate_pem, std::string_view ca_pem, WallTime now,
                         std::string_view usage) {
  NOIZY_ASSIGN_OR_RETURN(const int purpose, PurposeOf(usage));
  NOIZY_ASSIGN_OR_RETURN(const auto chain, openssl::ReadCertificates(certificate_pem));
  NOIZY_ASSIGN_OR_RETURN(const openssl::StoreHandle store, TrustStore(ca_pem));
  const auto intermediates = Intermediates(chain);
  const openssl::StoreContext context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), intermediates.get()) !=
      1) {
    return openssl::ErrorFromQueue("could not start a verification");
  }
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_STORE_CTX_set_time(context.get(), 0, SecondsOf(now));
  const int verified = X509_verify_cert(context.get());
  ERR_clear_error();
  if (verified == 1) return Status::Ok();
  return Unauthorized("the certificate cannot be trusted for " + std::string(usage) + ": " +
                      X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

}  // namespace noizy
