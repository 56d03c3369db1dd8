// TLS settings made from PEM texts, for the HTTP server and client. For this folder only.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/http.h"

namespace noizy {

/// Shared by all connections that were made with it; thread-safe once built.
using TlsContext = std::shared_ptr<SSL_CTX>;

/// TLS 1.2 with AEAD and ECDHE or 1.3; ALPN http/1.1. Client certificates are asked for when there
/// is a ca_pem; one that does not verify fails the handshake, none at all does not. BadRequest when
/// a PEM is no use or the key is not the certificate's.
Result<TlsContext> MakeServerTls(const TlsIdentity& identity);

/// A client's settings: its certificate, if it has one, and the roots that it trusts, which are the
/// system's when ca_pem is empty. BadRequest as above.
Result<TlsContext> MakeClientTls(const TlsIdentity& identity);
/// Gives `to` the certificate, key, roots and expected name of `from`, without parsing them again.
void CopyClientTls(SSL_CTX* from, SSL_CTX* to);

/// Who the verified peer of a finished handshake is. Empty without a certificate. Unauthorized when
/// the certificate has expired since it was verified (a resumed session skips that check).
Result<PeerIdentity> PeerOf(const SSL* tls);

/// Whether a server with `context` would take the certificate of the peer of a finished handshake;
/// true without one. The handshake was perhaps another context's.
bool IsTrustedBy(const SSL* tls, SSL_CTX* context);

}  // namespace noizy
