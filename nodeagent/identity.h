// Who this node is to the control plane: its key, its certificate and whom it trusts, kept in the
// data folder's identity/.
//
//   node.key  node.crt  ca.crt   PEM, mode 0600, in a folder of mode 0700
//   node.json                    the node's name and the server's address; written last: without it
//   there is no identity
#pragma once

#include <functional>
#include <string>

#include "machinery/base/clock.h"
#include "machinery/base/status.h"
#include "machinery/pki/tls_identity.h"
#include "machinery/transport/agent_transport.h"

namespace noizy::nodeagent {

struct NodeIdentity {
  std::string node_name;
  std::string server;  // "host:port"
  TlsIdentity tls;
};

/// NotFound: this machine has not joined; Forbidden: others may read the key; Unauthorized: the
/// certificate is past its time.
Result<NodeIdentity> LoadIdentity(const std::string& data_dir, const Clock& clock);
/// Durable.
Status SaveIdentity(const std::string& data_dir, const NodeIdentity& identity);

struct EnrolRequest {
  std::string node_name;
  std::string server;
  std::string token;
  std::string ca_hash;  // "sha256:<hex>"
  std::string agent_version;
};
/// JoinGrid, or a fake.
using JoinCall =
    std::function<Result<v1::JoinResponse>(const JoinOptions&, const v1::JoinRequest&)>;

/// Trades the token for a certificate over a new P-256 key, which never leaves this machine, and
/// checks what came back.
Result<NodeIdentity> Enrol(const EnrolRequest& request, const JoinCall& join, const Clock& clock);

}  // namespace noizy::nodeagent
