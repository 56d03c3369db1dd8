// The grid's certificates on the control plane's disk: the CA, the servers' certificate, the
// administrator's kubeconfig.
#pragma once

#include <string>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/tls_identity.h"

namespace noizy {

struct GridIdentity {
  CertificateAuthority authority;
  /// What the REST and the gRPC listener present; its chain carries the CA, so that a joining
  /// machine can check the CA's hash.
  TlsIdentity server;
  /// Signs service accounts' tokens.
  std::string token_key_pem;
};

/// Loads DIR/pki, or makes what is missing: a P-256 CA for ten years and a key for tokens (once),
/// and a server
/// certificate for a year, renewed at start when less than a third of it is left or the host's
/// names changed. Private keys are 0600; Forbidden when others may read them.
Result<GridIdentity> OpenGridIdentity(const std::string& data_dir, const Clock& clock);

/// A client certificate for `user` in `groups`, with its key.
Result<TlsIdentity> IssueClient(const GridIdentity& identity, const std::string& user,
                                const std::vector<std::string>& groups, Duration validity,
                                const Clock& clock);

/// Writes `path`: a kubeconfig with one context "noizy" whose user is an administrator
/// (system:masters), certificates inline. An existing file is kept when its server and CA are right
/// and its certificate lasts another month.
Status WriteAdminKubeconfig(const GridIdentity& identity, const std::string& path,
                            const std::string& server_url, const Clock& clock);

}  // namespace noizy
