// OpenSSL's objects with owners, and its errors as Status. For this folder and machinery/transport
// only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machinery/base/status.h"

namespace noizy::openssl {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

inline void FreeGeneralNames(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}
inline void FreeExtensions(STACK_OF(X509_EXTENSION) * extensions) {
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}
inline void FreeChain(STACK_OF(X509) * chain) {
  sk_X509_free(chain);
}
inline void FreeMemory(void* memory) {
  OPENSSL_free(memory);
}

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using X509Handle = std::unique_ptr<X509, Deleter<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using ExtensionsHandle = std::unique_ptr<STACK_OF(X509_EXTENSION), Deleter<FreeExtensions>>;
using GeneralNamesHandle = std::unique_ptr<GENERAL_NAMES, Deleter<FreeGeneralNames>>;
using GeneralNameHandle = std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>>;
/// Owns the stack only, not the certificates in it.
using Chain = std::unique_ptr<STACK_OF(X509), Deleter<FreeChain>>;
using StoreHandle = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using NumberHandle = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Memory = std::unique_ptr<char, Deleter<FreeMemory>>;

/// InternalError with `what` and the oldest error in this thread's queue, which is emptied.
Status ErrorFromQueue(std::string_view what);
/// The same as BadRequest: what failed was somebody's input.
Status InputErrorFromQueue(std::string_view what);

/// A read-only BIO over `text`, which must outlive it.
Bio ReadBio(std::string_view text);
/// All that was written to a memory BIO.
std::string TextOf(BIO* memory);

// What was read of late is remembered (memo.h), and the same key or certificate given to whoever
// reads it again: look at it, never change it.

/// A private key out of PEM text. BadRequest for anything else, an encrypted key included: nobody
/// is asked for a passphrase.
Result<Key> ReadPrivateKey(std::string_view pem);
/// `key`, whose PEM text is `pem`, need not be read out of it soon.
void RememberPrivateKey(std::string_view pem, const Key& key);
/// A public key out of a DER SubjectPublicKeyInfo.
Result<Key> ReadPublicKey(std::string_view der);
/// The DER SubjectPublicKeyInfo of any key.
Result<std::string> PublicKeyDer(EVP_PKEY* key);

/// Every certificate of a PEM text, in order; other PEM blocks are skipped. BadRequest when there
/// is none, or a broken one.
Result<std::vector<X509Handle>> ReadCertificates(std::string_view pem);
/// One certificate as PEM.
Result<std::string> CertificatePem(X509* certificate);

}  // namespace noizy::openssl
