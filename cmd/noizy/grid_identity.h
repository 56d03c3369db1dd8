// The grid's certificates on the control plane's disk: the CA, the servers' certificate, the
// administrator's kubeconfig.
#pragma once

#include <string>
#include <vector>

#include "cmd/noizy/authority_files.h"
#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/pki.h"
#include "machinery/pki/tls_identity.h"

namespace noizy {

struct GridIdentity {
  /// The root: signs who is who in the grid, and the issuer; while it is rotated, the old one too.
  GridAuthorities authorities;
  /// An intermediate: signs Certificates. What it signs gives nobody an identity to the grid, whose
  /// listeners take certificates of the root alone.
  CertificateAuthority issuer;
  /// What the REST and the gRPC listener present; its chain carries the CA, so that a joining
  /// machine can check the CA's hash.
  TlsIdentity server;
  /// Signs service accounts' tokens.
  std::string token_key_pem;
};

/// The root's key is made so, on first start, and kept under `passphrase` if there is one.
struct AuthorityOptions {
  KeySpec key;
  std::string passphrase;
};

/// Loads DIR/pki, or makes what is missing: a P-256 CA for ten years and a key for tokens (once),
/// and a server
/// certificate for a year, renewed at start when less than a third of it is left or the host's
/// names changed. Called again, it renews what is due. A rotation that was cut off goes on. Private
/// keys are 0600; Forbidden when others may read them; Unauthorized when the passphrase does not
/// open the CA's.
Result<GridIdentity> OpenGridIdentity(const std::string& data_dir, const AuthorityOptions& options,
                                      const Clock& clock);
/// What whoever uses a Certificate must trust: the root, and the issuer where it stands by itself.
std::string TrustedBy(const GridIdentity& identity);

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
