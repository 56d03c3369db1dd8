// What the folder's files share about keys. Users of keys include pki.h.
#pragma once

#include "machinery/base/status.h"
#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/pki.h"

namespace noizy {

/// The algorithm and size of a key. BadRequest for kinds noizy does not sign: other curves, RSA
/// below 2048 or above 8192 bits, …
Result<KeySpec> KeySpecOf(EVP_PKEY* key);

/// The key as PKCS#8 in PEM, without a passphrase.
Result<std::string> PrivateKeyPem(EVP_PKEY* key);

/// The digest `key` signs with; null for Ed25519, which brings its own.
const EVP_MD* SigningDigest(EVP_PKEY* key);

}  // namespace noizy
