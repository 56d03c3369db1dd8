// A gRPC server's credentials whose certificate and trusted CAs can be replaced while it serves.
// For this folder only.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"

namespace noizy {

/// What new handshakes use, and calls are checked by. Thread-safe.
class GrpcServerTls {
 public:
  /// BadRequest when the certificate or its key is no use.
  static Result<std::shared_ptr<GrpcServerTls>> Make(TlsIdentity tls);

  /// As Make; what was there stays when it fails.
  Status Replace(TlsIdentity tls) NOIZY_EXCLUDES(mutex_);
  /// Unauthorized for a client's certificate that the trusted CAs of now did not sign themselves,
  /// or that has expired.
  Status CheckClient(const std::string& certificate_pem) const NOIZY_EXCLUDES(mutex_);
  /// The identity to hand to gRPC, once each time it was replaced.
  bool TakeNews(TlsIdentity& tls) NOIZY_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  TlsIdentity tls_ NOIZY_GUARDED_BY(mutex_);  // the chain ends with the trusted roots
  bool is_news_ NOIZY_GUARDED_BY(mutex_) = true;
};

/// Mutual TLS: client certificates are asked for, and calls without a valid one are refused, all
/// but Join, before they reach a service. Connections keep what they were made with.
std::shared_ptr<grpc::ServerCredentials> MakeServerCredentials(std::shared_ptr<GrpcServerTls> tls);

}  // namespace noizy
