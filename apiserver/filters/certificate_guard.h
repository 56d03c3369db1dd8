// Nobody poses as the API server: what is looked at when somebody writes a Certificate of the
// grid's CA, which everybody's kubeconfig trusts.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "apiserver/authorization/authorizer.h"
#include "machinery/base/mutex.h"
#include "machinery/base/status.h"
#include "machinery/value/value.h"

namespace noizy::apiserver {

/// By which names and addresses clients know this server. Thread-safe.
class ServerNames {
 public:
  /// What the server's certificate says, from now on. BadRequest for what is none.
  Status Set(std::string_view certificate_pem) NOIZY_EXCLUDES(mutex_);
  /// Whether a certificate for `name` (a DNS name, perhaps with a wildcard, or an address) would be
  /// taken for one of them.
  bool IsCoveredBy(std::string_view name) const NOIZY_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::set<std::string> names_ NOIZY_GUARDED_BY(mutex_);  // lower case; addresses in one form
};

/// Who may have what a client of the API would take for the server: a Certificate in its name, or a
/// CA below the grid's. A verb and a name for roles: `sign` on `signers` of certificates.k8s.io.
inline constexpr std::string_view kServerSigner = "noizy.dev/server";

/// Forbidden when the Certificate `after` is such a one and `identity` may not have it. Ok when the
/// write leaves the spec as it was. `before` is null for a creation.
Status CheckCertificateWrite(Authorizer& authorizer, const ServerNames& server,
                             const Identity& identity, const Value* before, const Value& after);

}  // namespace noizy::apiserver
